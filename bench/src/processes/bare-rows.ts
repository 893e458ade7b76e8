import type pg from 'pg'

interface BareRow {
  id: string
  tenantId: string
  eventType: string
  occurredAt: string
  payload: object
}

/** The simplest way to store events: one statement, five arrays, nothing else is read. */
export const insertBareRows = (on: pg.Pool | pg.Client, rows: readonly BareRow[]): Promise<unknown> =>
  on.query(
    `INSERT INTO tenant_events (id, tenant_id, event_type, payload, occurred_at)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::jsonb[], $5::timestamp[])
     ON CONFLICT (id) DO NOTHING`,
    [
      rows.map(({ id }) => id),
      rows.map(({ tenantId }) => tenantId),
      rows.map(({ eventType }) => eventType),
      rows.map(({ payload }) => JSON.stringify(payload)),
      rows.map(({ occurredAt }) => occurredAt),
    ],
  )
