import type { WindowState } from './local-window.ts'

/** The part of an `ioredis` client that is used. */
export interface RateLimitRedis {
  eval(script: string, numberOfKeys: number, ...keysAndArguments: (string | number)[]): Promise<unknown>
}

const script = `
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return { count, redis.call('PTTL', KEYS[1]) }`

const longestWaitMs = 500
const pauseAfterFailureMs = 1000

/** Counts in Redis. `undefined` while Redis does not answer; then it is left alone for a second. */
export const createRedisWindow = (redis: RateLimitRedis, timeWindowMs: number, now: () => number) => {
  let pausedUntilMs = Number.NEGATIVE_INFINITY
  return {
    count: async (name: string): Promise<WindowState | undefined> => {
      if (now() < pausedUntilMs) return undefined
      const state = await firstOf(redis, name, timeWindowMs)
      if (state === undefined) pausedUntilMs = now() + pauseAfterFailureMs
      return state
    },
  }
}

const firstOf = (
  redis: RateLimitRedis,
  name: string,
  timeWindowMs: number,
): Promise<WindowState | undefined> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, longestWaitMs, undefined)
    const settle = (state: WindowState | undefined): void => {
      clearTimeout(timer)
      resolve(state)
    }
    redis
      .eval(script, 1, `webhook-receiver:${name}`, timeWindowMs)
      .then(toState)
      .then(settle, () => settle(undefined))
  })

const toState = (answer: unknown): WindowState => {
  const [count, endsInMs] = Array.isArray(answer) ? answer.map(Number) : []
  if (!Number.isFinite(count) || !Number.isFinite(endsInMs)) throw new TypeError('Redis answered no numbers')
  return { count: count as number, endsInMs: Math.max(0, endsInMs as number) }
}
