import { postgresOutboxNames } from './migrations.ts'

/**
 * The second layer in SQL, for a product whose tables are in the outbox's database: the rows of `keys`, a SELECT with the columns `event_type`,
 * `tenant_id` and `occurred_at` (a `timestamptz`), for which nobody has emitted an event. `keys` must not reach back further than
 * the outbox remembers (`logRetentionMs`), and should end two minutes ago. `findNeverEmitted` does the same outside the database.
 */
export const neverEmittedSql = (keys: string, schema = 'public'): string => {
  const { events } = postgresOutboxNames(schema)
  return `WITH keys AS (${keys}), emitted AS (
  SELECT event_type, body::jsonb ->> 'tenantId' AS tenant_id,
    date_trunc('milliseconds', (body::jsonb ->> 'occurredAt')::timestamptz) AS occurred_at
  FROM ${events} WHERE body IS NOT NULL AND accepted_at >= (SELECT min(occurred_at) FROM keys)
)
SELECT keys.* FROM keys WHERE NOT EXISTS (
  SELECT FROM emitted WHERE emitted.event_type = keys.event_type AND emitted.tenant_id = keys.tenant_id
    AND emitted.occurred_at = date_trunc('milliseconds', keys.occurred_at)
)`
}
