import { setTimeout as delay } from 'node:timers/promises'
import type { FaultBench } from '../bench/fault-bench.ts'
import { waitUntil } from '../bench/wait-until.ts'
import { scanCompleted } from './scan-completed.ts'
import type { Producer } from './start-producer.ts'

/** Emits into a PostgreSQL outbox in transactions, every third of which is rolled back. */
export const startProduct = (
  { pool }: Pick<FaultBench, 'pool'>,
  round: string,
  {
    pauseMs = 10,
    tenant = () => round,
    id,
  }: { pauseMs?: number | undefined; tenant?: () => string; id?: () => string } = {},
): Producer => {
  let isStopped = false
  const told: string[] = []
  const rolledBack: string[] = []
  const run = async (lane: number): Promise<void> => {
    for (let number = 0; !isStopped; number += 1) {
      try {
        const client = await pool.connect()
        let isBroken = true
        try {
          await client.query('BEGIN')
          const ids: string[] = []
          for (let index = 0; index < 5; index += 1) {
            const event = {
              ...scanCompleted(round, (lane * 100_000 + number) * 10 + index, tenant()),
              id: id?.(),
            }
            const { rows } = await client.query(`SELECT ${round}.webhook_outbox_emit($1) AS id`, [event])
            ids.push(rows[0].id)
          }
          const isKept = number % 3 !== 2
          await client.query(isKept ? 'COMMIT' : 'ROLLBACK')
          ;(isKept ? told : rolledBack).push(...ids)
          isBroken = false
        } finally {
          client.release(isBroken)
        }
      } catch {
        // The database is away; the transaction was not confirmed, so it counts only if the outbox has it.
        await delay(50)
      }
      await delay(pauseMs)
    }
  }
  const running = Promise.all([0, 1, 2].map(run))
  return {
    told,
    begun: () => waitUntil('an event is accepted', async () => told.length > 0),
    stop: async () => {
      isStopped = true
      await running
      const { rows } = await pool.query(
        `SELECT count(*)::int AS sent FROM ${round}.webhook_outbox WHERE id = ANY($1::uuid[])`,
        [rolledBack],
      )
      if (rows[0].sent !== 0)
        throw new Error('Events of a transaction that was rolled back are in the outbox.')
      return told
    },
    cancel: () => {
      isStopped = true
    },
  }
}
