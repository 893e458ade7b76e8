import { setTimeout as delay } from 'node:timers/promises'
import type { OutboxCounts } from '@altcontext/webhook-emitter'
import type { OutboxRecords } from '@altcontext/webhook-emitter/sqlite'
import { countsByState } from '../judge-round.ts'

export interface LedgerWatch {
  /** @throws when the ledger did not balance at some moment */
  stop(): Promise<void>
}

/**
 * Reads the ledger over and over while a round goes on: it must balance at every moment. Each read opens the outbox again, because
 * a file that stays open here is safe from some of the mistakes that this must find.
 *
 * @param pauseMs between two reads
 */
export const watchLedger = (open: () => OutboxRecords, pauseMs = 50): LedgerWatch => {
  let isStopped = false
  const watch = async (): Promise<void> => {
    while (!isStopped) {
      const counts = await readCounts(open).catch(() => undefined)
      if (counts !== undefined) assertBalanced(counts)
      await delay(pauseMs)
    }
    assertBalanced(await readCounts(open))
  }
  const watching = watch()
  watching.catch(() => {})
  return {
    stop: async () => {
      isStopped = true
      await watching
    },
  }
}

const readCounts = async (open: () => OutboxRecords): Promise<OutboxCounts> => {
  const records = open()
  try {
    return await records.counts()
  } finally {
    await records.close()
  }
}

const assertBalanced = (counts: OutboxCounts): void => {
  const sum = Object.values(countsByState(counts)).reduce((total, events) => total + events, 0)
  if (sum !== counts.accepted) throw new Error(`The ledger does not balance: ${JSON.stringify(counts)}`)
}
