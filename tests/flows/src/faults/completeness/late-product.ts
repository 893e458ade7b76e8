import { setTimeout as delay } from 'node:timers/promises'
import type { FaultBench } from '../bench/fault-bench.ts'
import { scanCompleted } from '../load/scan-completed.ts'
import { idAt } from './id-at.ts'

export interface LateProduct {
  /** The ids of the committed events. */
  readonly told: readonly string[]
  stop(): Promise<void>
}

const hourMs = 3_600_000
const eventsOfTransaction = 3
const longestTransactionMs = 600

/** An id like a UUIDv7 that was made some hours ago: it is compared, while younger ones wait until the grace has passed. */
export const olderId = (): string => idAt(Date.now() - hourMs * (1 + Math.random() * 5))

/** Emits into a PostgreSQL outbox in transactions that stay open for a while; every third is rolled back. */
export const startLateProduct = (bench: FaultBench, schema: string): LateProduct => {
  let isStopped = false
  const told: string[] = []
  const run = async (lane: number): Promise<void> => {
    for (let number = 0; !isStopped; number += 1) {
      const client = await bench.pool.connect()
      try {
        await client.query('BEGIN')
        const ids = Array.from({ length: eventsOfTransaction }, olderId)
        for (const [index, id] of ids.entries()) {
          const event = scanCompleted(schema, (lane * 100_000 + number) * 10 + index)
          await client.query(`SELECT ${schema}.webhook_outbox_emit($1)`, [{ ...event, id }])
        }
        await delay(Math.random() * longestTransactionMs)
        const isKept = number % 3 !== 2
        await client.query(isKept ? 'COMMIT' : 'ROLLBACK')
        if (isKept) told.push(...ids)
      } finally {
        client.release()
      }
    }
  }
  const running = Promise.all([0, 1, 2].map(run))
  running.catch(() => {})
  return {
    told,
    async stop() {
      isStopped = true
      await running
    },
  }
}
