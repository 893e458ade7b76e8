import type { FaultBench } from '../bench/fault-bench.ts'
import { waitUntil } from '../bench/wait-until.ts'

/**
 * One time-out, of an emitter's attempt or of one use of the database, and an allowance for a busy machine that is less than
 * another time-out.
 */
export const recoveryMs = 10_000 + 9000
/** Time for the events that wait before an event: tens of thousands, at the rate of two processors that others use as well. */
const backlogMs = 60_000

/**
 * Resolves when an event that is accepted from now on is stored.
 *
 * @param told the ids of the accepted events, while the load goes on
 * @throws when none of the waiting events is sent within one time-out; an event that is accepted now comes after all of them
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
    'an event that waited when the fault was repaired, or came later, is stored',
    async () => (await storedOf([...waiting, ...told.slice(before)], 1)).length > 0,
    recoveryMs,
  )
  await waitUntil(
    'an event that was accepted after the fault was repaired is stored',
    async () => (await storedOf(told.slice(before), 1)).length > 0,
    backlogMs,
  )
}
