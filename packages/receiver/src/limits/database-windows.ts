import { setTimeout as delay } from 'node:timers/promises'
import type { WindowSettings, WindowVerdict } from '@altcontext/webhook-contract'
import { type Database, takeFromRateWindow } from '@altcontext/webhook-store'
import type { SharedWindows } from './rate-limit.ts'

interface Asking {
  name: string
  amount: number
  verdicts: PromiseWithResolvers<WindowVerdict>[]
}

/** The pause between two statements: no more than 500 per second, whatever arrives, and a lone request does not wait for it. */
const pauseMs = 2

/**
 * Counts in the database. Requests that come while a statement is under way, or just after one, are counted together
 * by the next: the more requests there are, the less each of them costs.
 */
export const createDatabaseWindows = (
  database: Database,
  { max, timeWindowMs }: WindowSettings,
  schema: string | undefined,
): SharedWindows => {
  const waiting: Asking[] = []
  let isAsking = false

  const askAll = async (): Promise<void> => {
    isAsking = true
    // Requests that arrived in the same turn of the event loop travel together.
    await new Promise(setImmediate)
    for (let asking = waiting.shift(); asking !== undefined; asking = waiting.shift()) {
      const { name, amount, verdicts } = asking
      const take = { name, max, timeWindowMs, amount, times: verdicts.length }
      try {
        const { allowed, retryAfterMs } = await takeFromRateWindow(database, take, { schema })
        for (const [index, { resolve }] of verdicts.entries()) {
          const isAllowed = index < allowed
          resolve({ isAllowed, retryAfterMs: isAllowed ? 0 : Math.max(0, retryAfterMs) })
        }
      } catch (error) {
        for (const { reject } of verdicts) reject(error)
      }
      await delay(pauseMs)
    }
    isAsking = false
  }

  return {
    take: (name, amount) => {
      const verdict = Promise.withResolvers<WindowVerdict>()
      const same = waiting.find((asking) => asking.name === name && asking.amount === amount)
      if (same === undefined) waiting.push({ name, amount, verdicts: [verdict] })
      else same.verdicts.push(verdict)
      if (!isAsking) void askAll()
      return verdict.promise
    },
  }
}
