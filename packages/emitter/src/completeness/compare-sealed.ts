import {
  type ComparedRange,
  type CompletenessGap,
  completenessLimits,
  createIdSum,
  type IdRange,
  idBucketOf,
  sealIdSum,
} from '@altcontext/webhook-contract'
import type { OutboxCompleteness, SealedBucket } from '../outbox/durable/outbox-completeness.ts'
import type { AskReceiver } from './ask-receiver.ts'
import { idBucketSpan } from './id-time.ts'

/** What sums can still say. */
export interface SealedDifferences {
  /** Events that were compared. */
  compared: number
  /** Hours in which the receiver has other events than were delivered. */
  gaps: CompletenessGap[]
}

/**
 * The ranges in which events have been pruned from the outbox: all hours from the first to the last of them as one, and each bucket
 * of ids that hold no time by itself. What is outside of them is compared by ids.
 */
export const sealedZones = (sealed: readonly SealedBucket[]): IdRange[] => {
  const zones: IdRange[] = []
  let hours: IdRange | undefined
  for (const { bucket } of sealed) {
    const { from, to } = idBucketOf(bucket)
    if (idBucketSpan(bucket) === undefined) zones.push({ from, to })
    else hours = { from: hours?.from ?? from, to }
  }
  return [...zones, ...(hours === undefined ? [] : [hours])].sort((one, other) =>
    one.from < other.from ? -1 : 1,
  )
}

/** What remains of ranges without some zones, which are in order. */
export const withoutZones = (ranges: readonly IdRange[], zones: readonly IdRange[]): IdRange[] =>
  ranges.flatMap(({ from, to }) => {
    const left: IdRange[] = []
    let start: string | null = from
    for (const zone of zones) {
      if (start === null || (zone.to !== null && zone.to <= start) || (to !== null && zone.from >= to))
        continue
      if (zone.from > start) left.push({ from: start, to: zone.from })
      start = zone.to
    }
    return start === null || (to !== null && start >= to) ? left : [...left, { from: start, to }]
  })

/** Compares zones by whole buckets, without a salt: the sums of before were made without one. */
export const compareSealed = async (
  { outbox, producer, ask }: { outbox: OutboxCompleteness; producer: string; ask: AskReceiver },
  zones: readonly IdRange[],
  sealed: readonly SealedBucket[],
): Promise<SealedDifferences> => {
  const buckets = await addLiveIds(outbox, zones, sealed)
  const toRange = ({ from, to }: IdRange): ComparedRange => {
    const inside = buckets.filter(({ bucket }) => bucket >= from && (to === null || bucket < to))
    const count = inside.reduce((sum, one) => sum + one.count, 0)
    const total = inside.reduce((sum, one) => sum + one.total, 0n)
    return { from, to, ...sealIdSum(count, total) }
  }
  const gaps: CompletenessGap[] = []
  const left = zones.map(toRange)
  const compared = left.reduce((sum, { count }) => sum + count, 0)
  while (left.length > 0) {
    const ranges = left.splice(0, completenessLimits.maxRanges)
    const results = await ask({ producer, salt: '', ranges })
    for (const [position, result] of results.entries()) {
      const range = ranges[position] as ComparedRange
      if (result.status === 'differs') {
        const parts = [range.from, ...result.bounds].map((from, part) =>
          toRange({ from, to: result.bounds[part] ?? range.to }),
        )
        left.push(...parts.filter(({ sum }, part) => sum.slice(0, 8) !== result.sums[part]))
      } else if (result.status === 'before_floor') {
        if (range.to === null || result.floor < range.to)
          left.push(toRange({ from: result.floor, to: range.to }))
      } else if (result.status === 'sealed' && result.count !== undefined) {
        const span = idBucketSpan(range.from)
        const events = Math.max(1, range.count - result.count)
        if (span !== undefined && (range.count > 0 || result.count > 0)) gaps.push({ ...span, events })
      }
    }
  }
  return { compared, gaps }
}

/** Some of a bucket's events may still be in the outbox: they were delivered later than the others. */
const addLiveIds = async (
  outbox: OutboxCompleteness,
  zones: readonly IdRange[],
  sealed: readonly SealedBucket[],
): Promise<SealedBucket[]> => {
  const buckets = new Map(sealed.map((bucket) => [bucket.bucket, bucket]))
  for (const zone of zones) {
    for (const id of await outbox.deliveredIds(zone, Number.MAX_SAFE_INTEGER)) {
      const bucket = idBucketOf(id).from
      const known = buckets.get(bucket) ?? { bucket, count: 0, total: 0n }
      const sum = createIdSum()
      sum.add(id)
      buckets.set(bucket, { bucket, count: known.count + 1, total: known.total + sum.total })
    }
  }
  return [...buckets.values()]
}
