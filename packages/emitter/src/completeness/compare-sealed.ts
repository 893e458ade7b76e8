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

/** So many ids are compared in one request, so that the receiver answers within its time. */
const idsOfRequest = 1_000_000
const idsOfRange = 250_000

/** What sums can still say. */
export interface SealedDifferences {
  /** Events that were compared. */
  compared: number
  /** Hours in which the receiver has other events than were delivered. */
  gaps: SealedGap[]
}

/** Of ids that hold no time the hour is not known. */
export type SealedGap = Partial<Pick<CompletenessGap, 'from' | 'to'>> & Pick<CompletenessGap, 'events'>

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
  const buckets = (await addLiveIds(outbox, zones, sealed)).toSorted((one, other) =>
    one.bucket < other.bucket ? -1 : 1,
  )
  const toRange = ({ from, to }: IdRange): ComparedRange => {
    const inside = buckets.filter(({ bucket }) => bucket >= from && (to === null || bucket < to))
    const count = inside.reduce((sum, one) => sum + one.count, 0)
    const total = inside.reduce((sum, one) => sum + one.total, 0n)
    return { from, to, ...sealIdSum(count, total) }
  }
  const gaps: SealedGap[] = []
  const left = zones.flatMap((zone) => cutZone(zone, buckets)).map(toRange)
  const compared = left.reduce((sum, { count }) => sum + count, 0)
  while (left.length > 0) {
    const ranges = left.splice(0, rangesOfRequest(left))
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
        const events = Math.max(1, range.count - result.count)
        if (range.count > 0 || result.count > 0) gaps.push({ ...idBucketSpan(range.from), events })
      }
    }
  }
  return { compared, gaps }
}

/** Cuts a zone between buckets, so that no part has many more ids than the receiver adds up in one statement. */
const cutZone = ({ from, to }: IdRange, buckets: readonly SealedBucket[]): IdRange[] => {
  const bounds: string[] = []
  let ids = 0
  for (const { bucket, count } of buckets) {
    if (bucket < from || (to !== null && bucket >= to)) continue
    if (ids > 0 && ids + count > idsOfRange) {
      bounds.push(bucket)
      ids = 0
    }
    ids += count
  }
  return [from, ...bounds].map((start, position) => ({ from: start, to: bounds[position] ?? to }))
}

/** How many of the next ranges go together. */
const rangesOfRequest = (ranges: readonly ComparedRange[]): number => {
  let ids = 0
  const tooMany = ranges.findIndex(({ count }, position) => {
    ids += count
    return position > 0 && ids > idsOfRequest
  })
  return Math.min(tooMany === -1 ? ranges.length : tooMany, completenessLimits.maxRanges)
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
