import { readTenants } from '../reads/read-tenants.ts'
import { resolveWindow } from '../reads/window.ts'
import { windowColumns } from '../responses/window-columns.ts'
import { type ExportTable, rowsAtATime } from './export-table.ts'

/** Every tenant with its usage in a window: the rows of `GET /v1/metrics/tenants`. */
export const tenantsTable: ExportTable = {
  columns: {
    tenantId: 'text',
    channel: 'text',
    tenantCreatedAt: 'instant',
    firstApiKeyAt: 'instant',
    firstScanAt: 'instant',
    timeToFirstScanMs: 'count',
    scansCompleted: 'count',
    scansFailed: 'count',
    scanSuccessRate: 'number',
    mediaProcessed: 'count',
    identitiesDetected: 'count',
    avgScanDurationMs: 'count',
    clustersCreated: 'count',
    suggestionsGenerated: 'count',
    suggestionsResolved: 'count',
    lastActiveDay: 'day',
    windowFrom: 'day',
    windowTo: 'day',
    completeThrough: 'instant',
  },
  async *read({ database, schema, nowMs, from, to, channelNames }) {
    const window = resolveWindow({ from, to }, nowMs)
    let after: string | undefined
    do {
      const report = await readTenants(database, {
        schema,
        now: () => nowMs,
        window,
        channelNames,
        sort: 'tenantId',
        order: 'asc',
        limit: rowsAtATime,
        after,
      })
      const said = windowColumns(report)
      yield report.tenants.map(({ reasons: _reasons, ...tenant }) => ({ ...tenant, ...said }))
      after = report.page.next ?? undefined
    } while (after !== undefined)
  },
}
