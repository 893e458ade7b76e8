import { connect } from 'node:net'
import { type AttackReport, type AttackTarget, allowedSince } from './attack.ts'
import { createKeepAliveClient } from './keep-alive-client.ts'
import { head, isCutWithin, openSocket } from './open-socket.ts'

const hooks = '/v1/webhooks/description-service'

/**
 * Guesses keys from one address until its limit, then from `others` more addresses, as a trusted proxy would name them:
 * the first must still be refused because of its limit. Guesses of the first that were checked again got through.
 */
export const crowdOutCounts = async (
  target: AttackTarget,
  { others, limit }: { others: number; limit: number },
): Promise<AttackReport> => {
  const guess = (client: ReturnType<typeof createKeepAliveClient>, address: string) => {
    const headers = { 'x-admin-key': 'a-key-that-is-wrong', 'x-forwarded-for': address }
    return client.send(Buffer.from(head('/v1/metrics/bridge', headers, { method: 'GET' })))
  }
  const first = createKeepAliveClient(target)
  const startMs = performance.now()
  let judged = 0
  for (let attempt = 0; attempt < limit + 10; attempt += 1) {
    if ((await guess(first, '198.51.100.1'))?.status === 401) judged += 1
  }
  let sent = 0
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      const client = createKeepAliveClient(target)
      // On a slow machine, for no longer than the minute in which a count is kept.
      while (sent < others && performance.now() - startMs < 50_000) {
        sent += 1
        await guess(client, `10.${sent >> 16}.${(sent >> 8) & 255}.${sent & 255}`)
      }
      client.close()
    }),
  )
  for (let attempt = 0; attempt < 10; attempt += 1) {
    if ((await guess(first, '198.51.100.1'))?.status !== 429) judged += 1
  }
  first.close()
  return {
    attack: `have the count of an address forgotten for ${sent} other addresses`,
    tried: limit + 20 + sent,
    gotThrough: Math.max(0, judged - allowedSince(startMs, limit)),
  }
}

/** Requests that get a response for their headers alone: after the response the connection must end, before the body is sent. */
export const keepBodies = async (
  target: { host: string; port: number },
  heads: readonly string[],
): Promise<AttackReport> => {
  const kept = await Promise.all(
    heads.map(async (bytes) => {
      const socket = await openSocket(target)
      const hasResponse = new Promise<boolean>((resolve) => {
        socket.once('data', () => resolve(true))
        socket.once('close', () => resolve(false))
        // If the response comes only when the time is up, the server has waited for the body.
        setTimeout(resolve, 14_000, false).unref()
      })
      socket.write(bytes)
      const isKept = !(await hasResponse) || !(await isCutWithin(socket, 14_000))
      socket.destroy()
      return isKept ? [bytes.split('\r\n', 1)[0]] : []
    }),
  )
  return {
    attack: `keep a connection after a response that came before the body${kept
      .flat()
      .map((line) => ` (${line})`)
      .join('')}`,
    tried: heads.length,
    gotThrough: kept.flat().length,
  }
}

/** Requests to the example: a wrong key, a wrong type, too large, without a length, and routes that take no body. */
export const refusedHeads = ({ adminKey }: AttackTarget): string[] => {
  const json = { 'content-type': 'application/json', 'content-length': '1000' }
  const key = { 'x-admin-key': adminKey }
  return [
    head(hooks, { ...json, 'x-admin-key': 'wrong' }),
    head(`${hooks}/batch`, json),
    head(hooks, { ...json, ...key, 'content-type': 'text/plain' }),
    head(`${hooks}/batch`, { ...json, ...key, 'content-length': '99999999' }),
    head(hooks, {
      'content-type': 'application/json',
      'x-admin-key': 'wrong',
      'transfer-encoding': 'chunked',
    }),
    head('/v1/leads/delete', { ...json, 'x-admin-key': 'wrong' }),
    head('/v1/metrics/bridge', { ...json, ...key }, { method: 'GET' }),
    head('/v1/metrics/bridge', { ...json, 'x-admin-key': 'wrong' }, { method: 'GET' }),
    head('/v1/healthz', json, { method: 'GET' }),
    head('/site/', json, { method: 'GET' }),
    head('/v1/dashboard/', json, { method: 'GET' }),
  ]
}

/** Opens more connections than the server allows; those beyond that number that are not cut got through. */
export const openConnections = async (
  { host, port }: AttackTarget,
  { connections, allowed }: { connections: number; allowed: number },
): Promise<AttackReport> => {
  const sockets = Array.from({ length: connections }, () =>
    connect(port, host)
      .on('error', () => {})
      .resume(),
  )
  const open = (): number => sockets.filter((socket) => !socket.closed && !socket.connecting).length
  const connecting = (): boolean => sockets.some((socket) => socket.connecting)
  // The server cuts the connections beyond its limit once it gets to them.
  for (let wait = 0; wait < 1200 && (connecting() || open() > allowed); wait += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  const held = open()
  for (const socket of sockets) socket.destroy()
  return {
    attack: `hold more than ${allowed} connections (${held} were held)`,
    tried: connections,
    gotThrough: Math.max(0, held - allowed) + (held === 0 ? 1 : 0),
  }
}

/** Requests each page as a frame would: a page without a policy that refuses frames and inline scripts got through. */
export const framePages = async ({ host, port }: AttackTarget): Promise<AttackReport> => {
  const pages = ['/docs', '/docs/', '/site/', '/v1/dashboard/']
  let gotThrough = 0
  for (const path of pages) {
    const response = await fetch(`http://${host}:${port}${path}`, { headers: { 'sec-fetch-dest': 'iframe' } })
    await response.arrayBuffer()
    const policy = response.headers.get('content-security-policy') ?? ''
    const scripts = /script-src ([^;]*)/.exec(policy)?.[1] ?? ''
    const isGuarded =
      policy.includes("frame-ancestors 'none'") &&
      scripts.includes("'self'") &&
      !scripts.includes("'unsafe-inline'") &&
      response.headers.get('x-frame-options') === 'DENY'
    if (!isGuarded) gotThrough += 1
  }
  return { attack: 'show a page in a frame, or run a script within it', tried: pages.length, gotThrough }
}

/**
 * Clients that request the heaviest report and leave at once: none of their queries may go on. The test counts looks 10 ms apart,
 * not time, because the server stands still as often as this process does.
 */
export const leaveReports = async (
  target: AttackTarget,
  { clients, looks }: { clients: number; looks: number },
): Promise<AttackReport> => {
  for (let client = 0; client < clients; client += 1) {
    const socket = await openSocket(target)
    const headers = { 'x-admin-key': target.adminKey }
    await new Promise((resolve) =>
      socket.write(head('/v1/metrics/tenants', headers, { method: 'GET' }), resolve),
    )
    socket.destroy()
  }
  const running = async (): Promise<number> => {
    const [active] = await target.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM pg_stat_activity
       WHERE datname = current_database() AND state = 'active' AND pid <> pg_backend_pid() AND query LIKE '%service_usage_rollups%'`,
    )
    return active?.count ?? Number.NaN
  }
  let left = await running()
  for (let look = 1; left > 0 && look < looks; look += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10))
    left = await running()
  }
  return { attack: 'leave queries running by leaving', tried: clients, gotThrough: left }
}

/**
 * Sends more events in batches than a minute allows. They are invalid, so they count and nothing is stored; events beyond the
 * limit that were checked got through.
 */
export const floodWithBatches = async (
  target: AttackTarget,
  { events, limit }: { events: number; limit: number },
): Promise<AttackReport> => {
  const perBatch = 500
  const body = JSON.stringify({ events: Array.from({ length: perBatch }, () => ({})) })
  const client = createKeepAliveClient(target)
  let judged = 0
  let sent = 0
  const startMs = performance.now()
  // On a slow machine, for no longer than the minute to which the limit applies.
  const endMs = startMs + 55_000
  for (; sent < events && performance.now() < endMs; sent += perBatch) {
    const headers = {
      'content-type': 'application/json',
      'x-admin-key': target.adminKey,
      'content-length': String(body.length),
    }
    const response = await client.send(Buffer.from(`${head(`${hooks}/batch`, headers)}${body}`))
    if (response?.status === 200) judged += perBatch
  }
  client.close()
  return {
    attack: `send more than ${limit} events a minute in batches (${judged} were checked)`,
    tried: sent,
    gotThrough: Math.max(0, judged - allowedSince(startMs, limit)),
  }
}

/**
 * Uses up a minute's requests at its end and again at the beginning of the next. Beyond what a minute may have, no more than the
 * share of those seconds may get through.
 */
export const crossWindows = async (
  target: AttackTarget,
  { limit }: { limit: number },
): Promise<AttackReport> => {
  const client = createKeepAliveClient(target)
  const headers = {
    'content-type': 'application/json',
    'x-admin-key': target.adminKey,
    'content-length': '2',
  }
  const request = Buffer.from(`${head(hooks, headers)}{}`)
  const isJudged = async (): Promise<boolean> => (await client.send(request))?.status === 400
  // A window that begins with the first request would end a minute later.
  await isJudged()
  await new Promise((resolve) => setTimeout(resolve, 59_000))
  const startMs = performance.now()
  let judged = 0
  do {
    if (await isJudged()) judged += 1
  } while (performance.now() - startMs < 3000)
  client.close()
  return {
    attack: `send more than ${limit} requests around the end of a minute (${judged} were checked within 3 s)`,
    tried: judged,
    gotThrough: Math.max(0, judged - allowedSince(startMs - 60_000, limit)),
  }
}
