import { toOutboxCounts } from '../durable/outbox-ledger.ts'
import type { OutboxCounts } from '../outbox.ts'
import type { PostgresOutboxNames } from './migrations.ts'
import type { PostgresPool } from './pool.ts'

/**
 * The ledger of the database. `accepted` is the sum of the other numbers: a counter of its own would make the product's
 * transactions wait for each other.
 */
export const readPostgresCounts = async (
  pool: PostgresPool,
  { events, ledger }: PostgresOutboxNames,
): Promise<OutboxCounts> => {
  const { rows } = await pool.query(
    `SELECT counter, sum(events)::float8 AS events FROM ${ledger} GROUP BY counter
     UNION ALL SELECT 'pending', count(*)::float8 FROM ${events} WHERE state = 'pending'`,
  )
  const counters = new Map<string, number>(rows.map((row) => [row.counter, row.events]))
  const pending = counters.get('pending') ?? 0
  counters.delete('pending')
  const accepted = [...counters.values()].reduce((sum, events) => sum + events, pending)
  return toOutboxCounts(counters.set('accepted', accepted), pending)
}
