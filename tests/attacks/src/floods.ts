import { Agent, request } from 'node:http'
import type { AttackReport, AttackTarget } from './attack.ts'

const json = { 'content-type': 'application/json' }
const hooks = '/v1/webhooks/description-service'

/** Requests that strangers send as fast as they can, and the routes that they request. */
const floods: readonly {
  path: string
  headers: Record<string, string>
  body: string
  isUnrecorded?: true
}[] = [
  { path: hooks, headers: json, body: '{}' },
  { path: `${hooks}/batch`, headers: { ...json, 'x-admin-key': 'a-wrong-key' }, body: '{}' },
  { path: '/v1/events', headers: json, body: '{"anonId":' },
  { path: '/v1/leads/capture', headers: json, body: '{"email":"nobody"}' },
  {
    path: '/v1/leads/delete',
    headers: { ...json, 'x-admin-key': 'a-wrong-key' },
    body: '{}',
    isUnrecorded: true,
  },
  { path: '/nowhere', headers: json, body: '{}', isUnrecorded: true },
]

/**
 * Floods of refused requests on six routes, each from a different address as a trusted proxy names it, so that no limit of an
 * address ends them. What they leave must depend on the minutes, not on the size of the flood: rows of
 * `ingest_rejections`, and bytes of the log. Even so every refusal must be counted, except those by a limit.
 *
 * @param perReasonAndRoute - how many rows a minute may have, as documented; the flood may touch two minutes.
 */
export const floodWithRefusals = async (
  target: AttackTarget,
  {
    requests,
    perReasonAndRoute,
    maxLogBytes,
  }: Record<'requests' | 'perReasonAndRoute' | 'maxLogBytes', number>,
): Promise<AttackReport & { rows: number; logBytes: number }> => {
  const before = target.log().length
  const agent = new Agent({ keepAlive: true, maxSockets: 32 })
  const startMs = performance.now()
  const refused = await Promise.all(
    Array.from({ length: requests }, (_, index) =>
      ask(target, agent, {
        ...(floods[index % floods.length] as (typeof floods)[number]),
        from: `10.2.${(index >> 8) & 255}.${index & 255}`,
      }),
    ),
  )
  agent.destroy()
  const minutes = 1 + Math.ceil((performance.now() - startMs) / 60_000)
  const recorded = async (): Promise<{ rows: number; most: number; counted: number }> => {
    const [found] = await target.query<{ rows: number; most: number; counted: number }>(
      `SELECT COALESCE(sum(number), 0)::int AS rows, COALESCE(max(number), 0)::int AS most,
         (SELECT COALESCE(sum(refused), 0)::int FROM ingest_rejection_counts) AS counted
       FROM (SELECT count(*) AS number FROM ingest_rejections GROUP BY endpoint, reason) by_route`,
    )
    return found as { rows: number; most: number; counted: number }
  }
  // They are written after the responses: wait until no more come.
  let seen = await recorded()
  for (let stable = 0; stable < 3; ) {
    await new Promise((resolve) => setTimeout(resolve, 500))
    const now = await recorded()
    stable = now.rows + now.counted === seen.rows + seen.counted ? stable + 1 : 0
    seen = now
  }
  const logBytes = target.log().length - before
  const isBounded = seen.most <= perReasonAndRoute * minutes && logBytes <= maxLogBytes
  const uncounted = Math.max(0, refused.filter(Boolean).length - seen.rows - seen.counted)
  return {
    attack: `fill the table and the log with refusals (${seen.rows} rows, ${seen.counted} more counted, ${logBytes} bytes of log)`,
    tried: requests,
    gotThrough: (isBounded ? 0 : Math.max(1, seen.rows)) + uncounted,
    rows: seen.rows,
    logBytes,
  }
}

/** Whether a request was refused on a route that records refusals, and not by a limit. */
const ask = (
  { host, port }: AttackTarget,
  agent: Agent,
  { path, headers, body, isUnrecorded, from }: (typeof floods)[number] & { from: string },
): Promise<boolean> =>
  new Promise((resolve) => {
    const asking = request(
      { host, port, path, method: 'POST', headers: { ...headers, 'x-forwarded-for': from }, agent },
      (response) => {
        response.resume()
        response.on('close', () => resolve(!isUnrecorded && response.statusCode !== 429))
      },
    )
    // Being cut off is what a stranger expects.
    asking.on('error', () => resolve(false))
    asking.end(body)
  })
