import { clientAddress } from './client-address.ts'
import {
  createSlidingWindows,
  type SlidingWindows,
  type WindowSettings,
  type WindowVerdict,
} from './sliding-windows.ts'

/**
 * Counts wrong credentials for each address, whichever route they are tried on. The right ones are never counted, so
 * nobody locks out a sender from the same address or proxy.
 */
export interface WrongKeyLimit {
  /** Counts one wrong or missing credential. When it is not allowed, the response is 429. */
  take(address: string): WindowVerdict
}

export const wrongKeyDefaults: Readonly<WindowSettings> = Object.freeze({ max: 30, timeWindowMs: 60_000 })

export const createWrongKeyLimit = (settings: WindowSettings, now: () => number): WrongKeyLimit => {
  const windows: SlidingWindows = createSlidingWindows(settings, now)
  return { take: (address) => windows.take(clientAddress(address)) }
}

const limits = new WeakMap<object, { settings: WindowSettings; limit: WrongKeyLimit }>()

/**
 * The one limit that everything on a server shares, because there is one key: if one route let a caller try keys that
 * another refuses, there would be no limit at all.
 *
 * @param server - what the plugins have in common, such as Fastify's `server`.
 * @param options - `settings` are given by a plugin that was configured; without them what is set stays.
 */
export const wrongKeyLimitOf = (
  server: object,
  {
    settings,
    now = Date.now,
  }: { settings?: WindowSettings | undefined; now?: (() => number) | undefined } = {},
): WrongKeyLimit => {
  const known = limits.get(server)
  if (known !== undefined) {
    Object.assign(known.settings, settings)
    return known.limit
  }
  const own = { ...wrongKeyDefaults, ...settings }
  const limit = createWrongKeyLimit(own, now)
  limits.set(server, { settings: own, limit })
  return limit
}
