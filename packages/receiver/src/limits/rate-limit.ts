import { createSlidingWindows, type WindowSettings, type WindowVerdict } from '@altcontext/webhook-contract'
import type { Database } from '@altcontext/webhook-store'
import { createDatabaseWindows } from './database-windows.ts'
import { createRedisWindows, type RateLimitRedis } from './redis-windows.ts'

export interface RateLimit {
  /** Counts `amount` for a name if that is within the limit, and says whether it is. */
  take(name: string, amount?: number): WindowVerdict | Promise<WindowVerdict>
}

/** Windows that several servers share, wherever they are kept. */
export interface SharedWindows {
  /** Rejects when the place where they are kept does not respond, or not with a verdict. */
  take(name: string, amount: number): Promise<WindowVerdict>
}

/** Where several servers count together: in Redis or in a database. */
export interface SharedBy {
  /** An `ioredis` client. */
  redis?: RateLimitRedis | undefined
  /** `fromPg(pool)` of `webhook-store`. */
  database?: Database | undefined
}

const maxWaitMs = 500
const pauseAfterFailureMs = 1000

export interface RateLimitContext {
  /** The schema that holds the tables. @default the connection's search path */
  schema?: string | undefined
  /** Called when the place that servers share has given no verdict. */
  onAway?: ((error: unknown) => void) | undefined
}

/**
 * `max` for each name in any `timeWindowMs`.
 *
 * Not @fastify/rate-limit: the limit must hold whatever the host has registered, and one registration shares its
 * key generator and its store with every plugin below it.
 */
export const createRateLimit = (
  { redis, database, ...settings }: WindowSettings & SharedBy,
  now: () => number,
  { schema, onAway = () => {} }: RateLimitContext = {},
): RateLimit => {
  const local = createSlidingWindows(settings, now)
  const orLocal = (shared: SharedWindows) => withFallback(shared, local, { now, onAway })
  if (redis !== undefined) return orLocal(createRedisWindows(redis, settings))
  if (database !== undefined) return orLocal(createDatabaseWindows(database, settings, schema))
  return local
}

/**
 * Without the place that they share, each server counts on its own: traffic is neither unlimited nor refused. If it has not responded in
 * time it is left alone for a second; then one request asks whether it is back, and the others do not wait for that.
 */
const withFallback = (
  shared: SharedWindows,
  local: RateLimit,
  { now, onAway }: { now: () => number; onAway: (error: unknown) => void },
): RateLimit => {
  let awayUntilMs: number | undefined
  return {
    take: async (name, amount = 1) => {
      if (awayUntilMs !== undefined) {
        if (now() < awayUntilMs) return local.take(name, amount)
        awayUntilMs = now() + pauseAfterFailureMs
      }
      try {
        const verdict = await inTime(shared.take(name, amount))
        awayUntilMs = undefined
        return verdict
      } catch (error) {
        onAway(error)
        awayUntilMs = now() + pauseAfterFailureMs
        return local.take(name, amount)
      }
    },
  }
}

const inTime = (verdict: Promise<WindowVerdict>): Promise<WindowVerdict> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new DOMException(`No verdict within ${maxWaitMs} ms`, 'TimeoutError')),
      maxWaitMs,
    )
    verdict.then(resolve, reject).finally(() => clearTimeout(timer))
  })
