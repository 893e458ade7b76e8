import { type AttackReport, allowedSince } from './attack.ts'
import { createKeepAliveClient } from './keep-alive-client.ts'
import { head } from './open-socket.ts'
import type { RelayTarget } from './start-relay.ts'

const event = JSON.stringify({
  eventType: 'apikey.created',
  tenantId: 'tenant-of-a-page',
  occurredAt: '2026-02-13T12:00:00Z',
  payload: { keyPrefix: 'ac_live' },
})
const json = { 'content-type': 'application/json', 'content-length': String(event.length) }

/** Requests that a page in somebody's browser can send to a port of the same machine. None may be accepted. */
export const comeFromBrowsers = async (relay: RelayTarget): Promise<AttackReport> => {
  const pages: Record<string, string>[] = [
    { host: 'evil.example' },
    { host: `evil.example:${relay.port}` },
    { host: '127.0.0.1.evil.example' },
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ]
  const client = createKeepAliveClient(relay)
  let [tried, gotThrough] = [0, 0]
  for (const headers of pages) {
    for (const [path, method] of [
      ['/events', 'POST'],
      ['/stats', 'GET'],
      ['/metrics', 'GET'],
    ] as const) {
      const isPost = method === 'POST'
      const response = await client.send(
        Buffer.from(`${head(path, { ...(isPost && json), ...headers }, { method })}${isPost ? event : ''}`),
      )
      tried += 1
      if (response?.status !== 403) gotThrough += 1
    }
  }
  client.close()
  return { attack: 'use the relay from a page in a browser', tried, gotThrough }
}

/** Guesses the relay's token on every route that requires it: no more than `limit` are checked, and its owner is still let in. */
export const guessTokens = async (
  relay: RelayTarget,
  { token, tries, limit }: { token: string; tries: number; limit: number },
): Promise<AttackReport> => {
  const client = createKeepAliveClient(relay)
  const startMs = performance.now()
  let judged = 0
  let shown = 0
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const path = ['/events', '/stats', '/metrics'][attempt % 3] as string
    const isPost = path === '/events'
    const headers = { ...(isPost && json), authorization: `Bearer wrong-${attempt}` }
    const response = await client.send(
      Buffer.from(`${head(path, headers, { method: isPost ? 'POST' : 'GET' })}${isPost ? event : ''}`),
    )
    if (response?.status === 401) judged += 1
    else if (response?.status !== 429) shown += 1
  }
  const own = await client.send(
    Buffer.from(head('/stats', { authorization: `Bearer ${token}` }, { method: 'GET' })),
  )
  client.close()
  const isLockedOut = own?.status !== 200
  return {
    attack: "guess the relay's token, or lock its owner out",
    tried: tries,
    gotThrough: Math.max(0, judged - allowedSince(startMs, limit)) + shown + (isLockedOut ? 1 : 0),
  }
}
