import { type AttackReport, type AttackTarget, allowedSince } from './attack.ts'
import { head, openSocket } from './open-socket.ts'

const post = (target: AttackTarget, path: string, body: object, headers: Record<string, string> = {}) =>
  fetch(`http://${target.host}:${target.port}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })

/** Captures a lead again that has unsubscribed, with consent and another channel: neither may change. */
export const undoConsent = async (
  target: AttackTarget,
  { tries }: { tries: number },
): Promise<AttackReport> => {
  const email = 'ada@private.example'
  const capture = (anonId: string, sourceChannel: string) =>
    post(target, '/v1/leads/capture', { email, anonId, sourceChannel, consentStatus: 'express' })
  const readLead = async () => {
    const [lead] = await target.query<{ consent_status: string; source_channel: string }>(
      'SELECT consent_status, source_channel FROM leads',
    )
    return lead
  }
  await (await capture('the-first-visitor', 'newsletter')).arrayBuffer()
  await (await post(target, '/v1/leads/unsubscribe', { email })).arrayBuffer()
  const before = await readLead()
  for (let attempt = 0; attempt < tries; attempt += 1) {
    await (await capture(`a-stranger-${attempt}`, 'channel-of-a-stranger')).arrayBuffer()
  }
  const after = await readLead()
  const isKept =
    before?.consent_status === 'withdrawn' &&
    after?.consent_status === 'withdrawn' &&
    before.source_channel === after.source_channel
  return {
    attack: 'undo an unsubscribe, or choose the channel of a known lead',
    tried: tries,
    gotThrough: isKept ? 0 : tries,
  }
}

/** Sends another address in X-Forwarded-For with every wrong key: they must all count for one stranger, who has a limit. */
export const forgeAddresses = async (
  target: AttackTarget,
  { tries, limit }: { tries: number; limit: number },
): Promise<AttackReport> => {
  const startMs = performance.now()
  let judged = 0
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const response = await post(
      target,
      '/v1/webhooks/description-service',
      {},
      {
        'x-admin-key': `wrong-${attempt}`,
        'x-forwarded-for': `198.51.${attempt % 256}.7`,
        forwarded: `for=198.51.${attempt % 256}.8`,
        'x-real-ip': `198.51.${attempt % 256}.9`,
      },
    )
    await response.arrayBuffer()
    if (response.status !== 429) judged += 1
  }
  return {
    attack: 'have wrong keys counted for other addresses',
    tried: tries,
    gotThrough: Math.max(0, judged - allowedSince(startMs, limit)),
  }
}

/** Sends `Expect: 100-continue` with a wrong key, to the route and to other spellings of it. */
export const askToContinue = async (target: AttackTarget): Promise<AttackReport> => {
  const paths = [
    '/v1/webhooks/description-service',
    '/v1/webhooks/description%2Dservice',
    '/v1/%77ebhooks/description-service/batch',
    '/v1/webhooks/description-service?x=%2F',
  ]
  let gotThrough = 0
  for (const path of paths) {
    const socket = await openSocket(target)
    let received = ''
    socket.on('data', (chunk) => {
      received += chunk
    })
    const body = { 'content-type': 'application/json', 'content-length': '1000', expect: '100-continue' }
    socket.write(head(path, { ...body, 'x-admin-key': 'wrong' }))
    await new Promise((resolve) => socket.once('data', resolve))
    if (received.startsWith('HTTP/1.1 100')) gotThrough += 1
    socket.destroy()
  }
  return { attack: 'be told to continue without the key', tried: paths.length, gotThrough }
}

/** Keeps the cookies of sessions that have ended by signing out, and sends them to both processes, and to one that starts later. */
export const keepSessions = async (
  one: AttackTarget,
  other: AttackTarget,
  {
    sessions,
    startAnother,
  }: { sessions: number; startAnother: () => Promise<AttackTarget & AsyncDisposable> },
): Promise<AttackReport> => {
  const api = '/v1/dashboard/api'
  let gotThrough = 0
  const cookies: string[] = []
  const statusAt = async ({ host, port }: AttackTarget, cookie: string): Promise<number> => {
    const response = await fetch(`http://${host}:${port}${api}/bridge`, { headers: { cookie } })
    await response.arrayBuffer()
    return response.status
  }
  for (let session = 0; session < sessions; session += 1) {
    const signedIn = await post(one, `${api}/session`, { adminKey: one.adminKey })
    const cookie = String(signedIn.headers.get('set-cookie')).split(';')[0] as string
    await signedIn.arrayBuffer()
    cookies.push(cookie)
    const before = [await statusAt(one, cookie), await statusAt(other, cookie)]
    await fetch(`http://${one.host}:${one.port}${api}/session`, { method: 'DELETE', headers: { cookie } })
    const after = [await statusAt(one, cookie), await statusAt(other, cookie)]
    if (before.some((status) => status !== 200) || after.some((status) => status !== 401)) gotThrough += 1
  }
  await using another = await startAnother()
  for (const cookie of cookies) if ((await statusAt(another, cookie)) !== 401) gotThrough += 1
  return {
    attack: 'use a session after its sign-out, in either of two processes or in one that starts later',
    tried: sessions,
    gotThrough,
  }
}
