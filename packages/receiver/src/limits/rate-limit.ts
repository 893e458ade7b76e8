import { createLocalWindow, type WindowState } from './local-window.ts'
import { createRedisWindow, type RateLimitRedis } from './redis-window.ts'

export interface RateLimitSettings {
  max: number
  timeWindowMs: number
}

export interface RateLimitVerdict {
  isAllowed: boolean
  /** How long until the window ends. */
  retryAfterMs: number
}

export interface RateLimit {
  /** Counts one request for a name, and says whether it is within the limit. */
  take(name: string): RateLimitVerdict | Promise<RateLimitVerdict>
}

/**
 * `max` requests per name in a fixed window that starts with the first of them.
 *
 * This is not `@fastify/rate-limit`, because a host that has registered that already shares its allow list, its
 * key generator and its store with every plugin below it.
 */
export const createRateLimit = (
  { max, timeWindowMs, redis }: RateLimitSettings & { redis?: RateLimitRedis | undefined },
  now: () => number,
): RateLimit => {
  const local = createLocalWindow(timeWindowMs, now)
  const judge = ({ count, endsInMs }: WindowState): RateLimitVerdict => ({
    isAllowed: count <= max,
    retryAfterMs: endsInMs,
  })
  if (redis === undefined) return { take: (name) => judge(local.count(name)) }

  const shared = createRedisWindow(redis, timeWindowMs, now)
  // Without Redis each server counts for itself: neither unlimited, nor closed.
  return { take: async (name) => judge((await shared.count(name)) ?? local.count(name)) }
}
