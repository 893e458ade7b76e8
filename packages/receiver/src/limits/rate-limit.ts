import { createSlidingWindows, type WindowSettings, type WindowVerdict } from '@altcontext/webhook-contract'
import { createRedisWindows, type RateLimitRedis } from './redis-windows.ts'

export interface RateLimit {
  /** Counts `amount` for a name if that is within the limit, and says whether it is. */
  take(name: string, amount?: number): WindowVerdict | Promise<WindowVerdict>
}

/**
 * `max` for each name in any `timeWindowMs`.
 *
 * This is not `@fastify/rate-limit`, because a host that has registered that already shares its allow list, its
 * key generator and its store with every plugin below it.
 */
export const createRateLimit = (
  { redis, ...settings }: WindowSettings & { redis?: RateLimitRedis | undefined },
  now: () => number,
): RateLimit => {
  const local = createSlidingWindows(settings, now)
  if (redis === undefined) return local

  const shared = createRedisWindows(redis, settings, now)
  // Without Redis each server counts on its own: traffic is neither unlimited nor refused.
  return { take: async (name, amount = 1) => (await shared.take(name, amount)) ?? local.take(name, amount) }
}
