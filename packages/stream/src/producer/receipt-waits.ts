import type { BatchResult } from '@altcontext/webhook-contract'
import type { Receipt } from '../messages/receipts.ts'

/** Hands receipts to those who wait for them. */
export interface ReceiptWaits {
  /** Resolves with the receipt of an event; with `undefined` if `end` resolves first. */
  wait(id: string, end: Promise<void>): Promise<BatchResult | undefined>
  /**
   * Whether an event's receipt was waited for in vain, and the receipt if it came later. Asking forgets it; `undefined` for
   * an event that was never waited for, or too long ago.
   */
  takeGivenUp(id: string): { late: BatchResult | undefined } | undefined
  note(receipt: Receipt): void
}

/** For events that were sent and whose wait was given up. One that is forgotten is sent again, and is then a duplicate. */
const maxGivenUp = 50_000

export const createReceiptWaits = (): ReceiptWaits => {
  const waiting = new Map<string, Set<(result: BatchResult) => void>>()
  const givenUp = new Map<string, BatchResult | undefined>()

  const giveUp = (id: string): void => {
    givenUp.delete(id)
    givenUp.set(id, undefined)
    if (givenUp.size <= maxGivenUp) return
    const [oldest] = givenUp.keys()
    if (oldest !== undefined) givenUp.delete(oldest)
  }

  return {
    async wait(id, end) {
      let resolveResult = (_result: BatchResult): void => {}
      const came = new Promise<BatchResult>((resolve) => {
        resolveResult = resolve
      })
      const others = waiting.get(id) ?? new Set()
      waiting.set(id, others.add(resolveResult))
      try {
        const result = await Promise.race([came, end.then(() => undefined)])
        if (result === undefined) giveUp(id)
        return result
      } finally {
        others.delete(resolveResult)
        if (others.size === 0) waiting.delete(id)
      }
    },

    takeGivenUp(id) {
      if (!givenUp.has(id)) return undefined
      const late = givenUp.get(id)
      givenUp.delete(id)
      return { late }
    },

    note({ id, result }) {
      const resolves = waiting.get(id)
      if (resolves !== undefined) for (const resolve of resolves) resolve(result)
      // A late "retry" asks for what happens anyway.
      else if (givenUp.has(id) && result.status !== 'retry') givenUp.set(id, result)
    },
  }
}
