import type { FaultBench } from '../bench/fault-bench.ts'
import { waitUntil } from '../bench/wait-until.ts'

/** Of an attempt of the emitter, and of one use of the database. */
const oneTimeoutMs = 10_000
/** What is allowed on top on a busy machine. */
const slackMs = 5000

/**
 * Resolves when an event that is accepted from now on is stored.
 *
 * @param told the ids of what is accepted, while the load goes on
 * @throws when that takes longer than one time-out
 */
export const waitForRecovery = async (bench: FaultBench, told: readonly string[]): Promise<void> => {
  const before = told.length
  await waitUntil(
    'an event that was accepted after the fault was healed is stored',
    async () => {
      const { rows } = await bench.pool.query('SELECT 1 FROM tenant_events WHERE id = ANY($1) LIMIT 1', [
        told.slice(before),
      ])
      return rows.length > 0
    },
    oneTimeoutMs + slackMs,
  )
}
