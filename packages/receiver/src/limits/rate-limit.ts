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
  /** Rejects when the place where they are kept does not answer, or not with a verdict. */
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

/**
 * `max` for each name in any `timeWindowMs`.
 *
 * This is not `@fastify/rate-limit`, because a host that has registered that already shares its allow list, its
 * key generator and its store with every plugin below it.
 */
export const createRateLimit = (
  { redis, database, ...settings }: WindowSettings & SharedBy,
  now: () => number,
  schema?: string | undefined,
): RateLimit => {
  const local = createSlidingWindows(settings, now)
  if (redis !== undefined) return orLocal(createRedisWindows(redis, settings), local, now)
  if (database !== undefined) return orLocal(createDatabaseWindows(database, settings, schema), local, now)
  return local
}

/**
 * Without what they share, each server counts on its own: traffic is neither unlimited nor refused. What has not answered in time
 * is left alone for a second.
 */
const orLocal = (shared: SharedWindows, local: RateLimit, now: () => number): RateLimit => {
  let pausedUntilMs = Number.NEGATIVE_INFINITY
  return {
    take: async (name, amount = 1) => {
      if (now() < pausedUntilMs) return local.take(name, amount)
      const verdict = await inTime(shared.take(name, amount))
      if (verdict !== undefined) return verdict
      pausedUntilMs = now() + pauseAfterFailureMs
      return local.take(name, amount)
    },
  }
}

const inTime = (answered: Promise<WindowVerdict>): Promise<WindowVerdict | undefined> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, maxWaitMs, undefined)
    const settle = (verdict: WindowVerdict | undefined): void => {
      clearTimeout(timer)
      resolve(verdict)
    }
    answered.then(settle, () => settle(undefined))
  })
