import type { OutboxCounts } from '@altcontext/webhook-emitter'
import type { OutboxRecord } from '@altcontext/webhook-emitter/sqlite'
import { formatDuration } from './duration.ts'
import { formatTable } from './format-table.ts'

export const formatCounts = (counts: OutboxCounts): string => {
  const { accepted, delivered, duplicate, pending, dead, dropped } = counts
  const rows: [string, number, string][] = [
    ['delivered', delivered, 'the receiver has stored them'],
    ['duplicate', duplicate, 'the receiver had them already'],
    ['pending', pending, 'waiting, or being sent'],
    ['dead', dead, 'given up; see "list --state dead", and "replay"'],
    ...Object.entries(dropped).map(([reason, events]): [string, number, string] => [
      'dropped',
      events,
      reason,
    ]),
  ]
  const sum = rows.reduce((total, [, events]) => total + events, 0)
  return formatTable([
    ['STATE', 'EVENTS', ''],
    ...rows,
    [
      'accepted',
      accepted,
      sum === accepted ? 'the sum: every event is accounted for' : `DOES NOT ADD UP: ${sum}`,
    ],
  ])
}

export const formatList = (records: readonly OutboxRecord[], nowMs: number): string =>
  records.length === 0
    ? 'No events.'
    : formatTable([
        ['ID', 'EVENT', 'STATE', 'ATTEMPTS', 'ACCEPTED', 'WHY'],
        ...records.map((record) => [
          record.id,
          record.eventType,
          record.state,
          record.attempts,
          `${formatDuration(nowMs - Date.parse(record.acceptedAt))} ago`,
          whyOf(record, nowMs),
        ]),
      ])

export const formatRecord = (record: OutboxRecord): string =>
  [
    formatTable([
      ['id', record.id],
      ['event', record.eventType],
      ['state', record.reason === undefined ? record.state : `${record.state} (${record.reason})`],
      ['attempts', String(record.attempts)],
      ['accepted', record.acceptedAt],
      ...(record.dueAt === undefined ? [] : [['due', record.dueAt] as const]),
      ...(record.traceparent === undefined ? [] : [['trace', record.traceparent] as const]),
    ]),
    '',
    formatTable([
      ['WHEN', 'WHAT', 'ATTEMPTS', 'WHY'],
      [record.acceptedAt, 'accepted', 0, ''],
      ...record.history.map(({ at, what, attempts, detail = '' }) => [at, what, attempts, detail]),
    ]),
  ].join('\n')

/** One line of `tail`. */
export const formatChange = ({ changedAt, id, eventType, state, history }: OutboxRecord): string => {
  const last = history.at(-1)
  return [changedAt, id, eventType, state, last?.detail ?? ''].join('  ').trimEnd()
}

const whyOf = ({ dueAt, history, reason }: OutboxRecord, nowMs: number): string => {
  const detail = history.at(-1)?.detail ?? reason ?? ''
  if (dueAt === undefined) return detail
  const wait = `again in ${formatDuration(Date.parse(dueAt) - nowMs)}`
  return detail === '' ? wait : `${detail}, ${wait}`
}
