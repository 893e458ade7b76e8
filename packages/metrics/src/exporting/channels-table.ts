import { invalidOptions } from '../metrics-error.ts'
import { readChannels } from '../reads/read-channels.ts'
import { resolveWindow } from '../reads/window.ts'
import { channelColumns, toChannelRow } from '../responses/channel-columns.ts'
import { windowColumns } from '../responses/window-columns.ts'
import type { ExportTable, ExportType } from './export-table.ts'

const typeOf = (column: string): ExportType => {
  if (['channel', 'kind', 'verdict'].includes(column)) return 'text'
  return /Rate$|Ratio$|^returned(WithinHorizon|Low|High)$/.test(column) ? 'number' : 'count'
}

/** The funnel of a window by channel: the rows of `GET /v1/metrics/channels`. */
export const channelsTable: ExportTable = {
  columns: {
    ...Object.fromEntries(channelColumns.map((name): [string, ExportType] => [name, typeOf(name)])),
    windowFrom: 'day',
    windowTo: 'day',
    completeThrough: 'instant',
  },
  async *read({ database, schema, nowMs, from, to, marketingPropertyId, channelNames }) {
    if (marketingPropertyId === undefined) {
      throw invalidOptions(
        'Failed to read the channels: the property of visitors and leads is not known. Use --marketing-property, or set ROLLUP_DEFAULT_PROPERTY_ID.',
      )
    }
    const window = resolveWindow({ from, to }, nowMs)
    const report = await readChannels(database, {
      schema,
      now: () => nowMs,
      window,
      marketingPropertyId,
      channelNames,
    })
    yield report.channels.map((channel) => ({ ...toChannelRow(channel), ...windowColumns(report) }))
  },
}
