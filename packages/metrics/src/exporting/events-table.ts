import { isoSql } from '../reads/read-snapshot.ts'
import { type ExportTable, openWindow, rowsAtATime } from './export-table.ts'
import { pageThrough } from './page-through.ts'

/** Raw events by when they occurred, as they are stored: without private fields. */
export const eventsTable: ExportTable = {
  columns: {
    id: 'text',
    eventType: 'text',
    tenantId: 'text',
    occurredAt: 'instant',
    receivedAt: 'instant',
    payload: 'json',
  },
  read: ({ database, ownerId, tables, ...asked }) => {
    const { from, to } = openWindow(asked)
    return pageThrough((last) =>
      database.query(
        `SELECT id, event_type AS "eventType", tenant_id AS "tenantId", ${isoSql('occurred_at')} AS "occurredAt",
           ${isoSql('received_at')} AS "receivedAt", payload::text AS payload
         FROM ${tables.tenantEvents}
         WHERE (occurred_at, id) > ($1::timestamp(3), $2::text) AND occurred_at < $3::date + 1 AND owner_id = $4
         ORDER BY occurred_at, id LIMIT $5::int`,
        [last?.occurredAt ?? from, last?.id ?? '', to, ownerId, rowsAtATime],
      ),
    )
  },
}
