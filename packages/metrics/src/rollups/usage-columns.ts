import { usageEventTypes } from '@altcontext/webhook-store'
import { bigintOrNull } from './bigint-or-null.ts'
import type { CountStrictness } from './count-strictness.ts'

/** One sum that is kept per tenant and day. */
interface UsageColumn {
  /** Its name in the rollups and in the archives. */
  column: string
  /** Its value over a group of raw events. */
  aggregate: (amount: Amount) => string
  /** The largest value that the rollup's column can hold. */
  largest: string
}

/** SQL for a payload's count, as bigint. */
type Amount = (key: string) => string

const amounts: Record<CountStrictness, Amount> = {
  strict: (key) => `(payload->>'${key}')::bigint`,
  tolerant: (key) => bigintOrNull(`payload->>'${key}'`),
}

const countOf = (type: string) => () => `count(*) FILTER (WHERE event_type = '${type}')`
// A sum of bigint is numeric: it cannot overflow before it is clamped.
const sumOf = (key: string, type: string) => (amount: Amount) =>
  `COALESCE(sum(${amount(key)}) FILTER (WHERE event_type = '${type}'), 0)`

const largestInt = '2147483647'
const largestBigint = '9223372036854775807'

/** Every sum of the rollups, from raw events (roadmap §5). The average is divided from the last two. */
export const usageColumns: readonly UsageColumn[] = [
  { column: 'scans_completed', aggregate: countOf('scan.completed'), largest: largestInt },
  { column: 'scans_failed', aggregate: countOf('scan.failed'), largest: largestInt },
  { column: 'media_processed', aggregate: sumOf('mediaCount', 'scan.completed'), largest: largestInt },
  {
    column: 'identities_detected',
    aggregate: sumOf('identitiesDetected', 'scan.completed'),
    largest: largestInt,
  },
  { column: 'clusters_created', aggregate: countOf('cluster.created'), largest: largestInt },
  { column: 'suggestions_generated', aggregate: sumOf('count', 'suggestion.generated'), largest: largestInt },
  { column: 'suggestions_resolved', aggregate: countOf('suggestion.resolved'), largest: largestInt },
  {
    column: 'scan_duration_sum_ms',
    aggregate: sumOf('durationMs', 'scan.completed'),
    largest: largestBigint,
  },
  {
    column: 'scan_duration_count',
    aggregate: (amount) => `count(${amount('durationMs')}) FILTER (WHERE event_type = 'scan.completed')`,
    largest: largestInt,
  },
]

export const usageColumnNames: readonly string[] = usageColumns.map(({ column }) => column)

/** `IN` list of the event types that count as usage. */
export const usageTypesSql = usageEventTypes.map((type) => `'${type}'`).join(', ')

/** The sums over raw events, each under its column's name. */
export const usageAggregatesSql = (strictness: CountStrictness): string =>
  usageColumns
    .map(({ column, aggregate }) => `${aggregate(amounts[strictness])} AS ${column}`)
    .join(',\n    ')
