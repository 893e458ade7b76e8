import type { WindowSettings, WindowVerdict } from '@altcontext/webhook-contract'
import type { SharedWindows } from './rate-limit.ts'

/** The part of an `ioredis` client that is used. */
export interface RateLimitRedis {
  eval(script: string, numberOfKeys: number, ...keysAndArguments: (string | number)[]): Promise<unknown>
}

// The sliding window of the contract's createSlidingWindows, on the clock of Redis.
const script = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local max, window, amount = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local state = redis.call('HMGET', KEYS[1], 'start', 'count', 'previous')
local start, count, previous = tonumber(state[1]) or now, tonumber(state[2]) or 0, tonumber(state[3]) or 0
local passed = math.floor((now - start) / window)
if passed >= 1 then
  if passed == 1 then previous = count else previous = 0 end
  count = 0
  start = start + passed * window
end
local used = previous * (1 - math.max(0, (now - start) / window)) + count
if used + amount <= max then
  redis.call('HSET', KEYS[1], 'start', start, 'count', count + amount, 'previous', previous)
  redis.call('PEXPIRE', KEYS[1], 2 * window)
  return { 1, 0 }
end
local left = max - amount
local room = 1 + math.max(0, 1 - left / math.max(count, 1))
if count <= left then room = math.max(0, 1 - (left - count) / math.max(previous, 1)) end
return { 0, math.ceil(room * window + start - now) }`

/** Counts in Redis. */
export const createRedisWindows = (
  redis: RateLimitRedis,
  { max, timeWindowMs }: WindowSettings,
): SharedWindows => ({
  take: async (name, amount) =>
    toVerdict(await redis.eval(script, 1, `webhook-receiver:${name}`, max, timeWindowMs, amount)),
})

const toVerdict = (response: unknown): WindowVerdict => {
  const [isAllowed, retryAfterMs] = Array.isArray(response) ? response.map(Number) : []
  if ((isAllowed !== 0 && isAllowed !== 1) || !Number.isFinite(retryAfterMs)) {
    throw new TypeError('Redis returned no verdict')
  }
  return { isAllowed: isAllowed === 1, retryAfterMs: Math.max(0, retryAfterMs as number) }
}
