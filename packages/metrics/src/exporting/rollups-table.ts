import { daySql } from '../reads/read-snapshot.ts'
import { sumColumns } from '../reads/usage-part.ts'
import { type ExportTable, type ExportType, openWindow, rowsAtATime } from './export-table.ts'
import { pageThrough } from './page-through.ts'

const sums = Object.keys(sumColumns).map((name): [string, ExportType] => [name, 'count'])

/** Usage by tenant and UTC day. The average is `durationSumMs` divided by `durationCount`. */
export const rollupsTable: ExportTable = {
  columns: { day: 'day', tenantId: 'text', ...Object.fromEntries(sums) },
  read: ({ database, ownerId, tables, ...asked }) => {
    const { from, to } = openWindow(asked)
    const counts = Object.entries(sumColumns).map(([name, column]) => `${column}::text AS "${name}"`)
    return pageThrough((last) =>
      database.query(
        `SELECT ${daySql('day')} AS day, tenant_id AS "tenantId", ${counts.join(', ')}
         FROM ${tables.serviceUsageRollups}
         WHERE (day, tenant_id) > ($1::date, $2::text) AND day <= $3::date AND owner_id = $4
         ORDER BY day, tenant_id LIMIT $5::int`,
        [last?.day ?? from, last?.tenantId ?? '', to, ownerId, rowsAtATime],
      ),
    )
  },
}
