import type { FaultBench } from '../bench/fault-bench.ts'
import { waitUntil } from '../bench/wait-until.ts'

/**
 * One time-out, of an attempt of the emitter or of one use of the database, and what is allowed on top on a busy machine: less than
 * a second time-out.
 */
export const recoveryMs = 10_000 + 9000
/** For what waits before an event: tens of thousands, at what two processors can send while others are busy. */
const backlogMs = 60_000

/**
 * Resolves when an event that is accepted from now on is stored.
 *
 * @param told the ids of what is accepted, while the load goes on
 * @throws when nothing that waits is sent within one time-out; what is accepted now is behind all of that
 */
export const waitForRecovery = async (bench: FaultBench, told: readonly string[]): Promise<void> => {
  const storedOf = async (ids: readonly string[], limit: number): Promise<string[]> => {
    const { rows } = await bench.pool.query<{ id: string }>(
      'SELECT id FROM tenant_events WHERE id = ANY($1) LIMIT $2',
      [ids, limit],
    )
    return rows.map(({ id }) => id)
  }
  const before = told.length
  const stored = new Set(await storedOf(told, before))
  const waiting = told.slice(0, before).filter((id) => !stored.has(id))
  await waitUntil(
    'an event that waited when the fault was healed, or came later, is stored',
    async () => (await storedOf([...waiting, ...told.slice(before)], 1)).length > 0,
    recoveryMs,
  )
  await waitUntil(
    'an event that was accepted after the fault was healed is stored',
    async () => (await storedOf(told.slice(before), 1)).length > 0,
    backlogMs,
  )
}
