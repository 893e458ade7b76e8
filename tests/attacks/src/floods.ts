import { Agent, request } from 'node:http'
import type { AttackReport, AttackTarget } from './attack.ts'

const json = { 'content-type': 'application/json' }
const hooks = '/v1/webhooks/description-service'

/** Requests that strangers send as fast as they can, and what they ask for. */
const floods: readonly { path: string; headers: Record<string, string>; body: string }[] = [
  { path: hooks, headers: json, body: '{}' },
  { path: `${hooks}/batch`, headers: { ...json, 'x-admin-key': 'a-wrong-key' }, body: '{}' },
  { path: '/v1/events', headers: json, body: '{"anonId":' },
  { path: '/v1/leads/capture', headers: json, body: '{"email":"nobody"}' },
  { path: '/v1/leads/delete', headers: { ...json, 'x-admin-key': 'a-wrong-key' }, body: '{}' },
  { path: '/nowhere', headers: json, body: '{}' },
]

/**
 * Floods of refused requests on six routes. What they leave must be bounded by the minute, not by the flood: rows of
 * `ingest_rejections`, and bytes of the log.
 *
 * @param perReasonAndRoute - how many rows a minute may have, as it is documented; the flood may touch two minutes.
 */
export const floodWithRefusals = async (
  target: AttackTarget,
  {
    requests,
    perReasonAndRoute,
    maxLogBytes,
  }: Record<'requests' | 'perReasonAndRoute' | 'maxLogBytes', number>,
): Promise<AttackReport & { rows: number; logBytes: number }> => {
  const before = target.loggedBytes()
  const agent = new Agent({ keepAlive: true, maxSockets: 32 })
  const startMs = performance.now()
  await Promise.all(
    Array.from({ length: requests }, (_, index) =>
      ask(target, agent, floods[index % floods.length] as (typeof floods)[number]),
    ),
  )
  agent.destroy()
  const minutes = 1 + Math.ceil((performance.now() - startMs) / 60_000)
  const rowsOf = async (): Promise<{ rows: number; most: number }> => {
    const [counted] = await target.query<{ rows: number; most: number }>(
      `SELECT COALESCE(sum(number), 0)::int AS rows, COALESCE(max(number), 0)::int AS most
       FROM (SELECT count(*) AS number FROM ingest_rejections GROUP BY endpoint, reason) counted`,
    )
    return counted as { rows: number; most: number }
  }
  // They are written behind the answers: until no more come.
  let seen = await rowsOf()
  for (let stable = 0; stable < 3; ) {
    await new Promise((resolve) => setTimeout(resolve, 500))
    const now = await rowsOf()
    stable = now.rows === seen.rows ? stable + 1 : 0
    seen = now
  }
  const logBytes = target.loggedBytes() - before
  const isBounded = seen.most <= perReasonAndRoute * minutes && logBytes <= maxLogBytes
  return {
    attack: `fill table and log with refusals (${seen.rows} rows, ${logBytes} bytes of log)`,
    tried: requests,
    gotThrough: isBounded ? 0 : Math.max(1, seen.rows),
    rows: seen.rows,
    logBytes,
  }
}

const ask = (
  { host, port }: AttackTarget,
  agent: Agent,
  { path, headers, body }: (typeof floods)[number],
): Promise<void> =>
  new Promise((resolve) => {
    const asking = request({ host, port, path, method: 'POST', headers, agent }, (response) => {
      response.resume()
      response.on('close', resolve)
    })
    // Being cut off is what a stranger expects.
    asking.on('error', () => resolve())
    asking.end(body)
  })
