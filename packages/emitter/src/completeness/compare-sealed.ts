import {
  type ComparedRange,
  type CompletenessGap,
  completenessLimits,
  type IdRange,
  idBucketOf,
  padBound,
  type RangeResult,
  sealIdSum,
} from '@altcontext/webhook-contract'
import type { OutboxCompleteness, SealedBucket } from '../outbox/durable/outbox-completeness.ts'
import type { AskReceiver } from './ask-receiver.ts'
import { countIds, idsOfRange, idsOfRequest } from './count-ids.ts'
import { findDifferences } from './find-differences.ts'
import { idBucketSpan } from './id-time.ts'
import { sumBuckets } from './sum-buckets.ts'

/** How often a bucket is read again if it was pruned meanwhile, which happens once a minute. */
const maxReadings = 5

/** What sums can still say. */
export interface SealedDifferences {
  /** Events that were compared. */
  compared: number
  /** Delivered events that the receiver does not have, and that are not pruned yet. */
  missing: string[]
  /** Buckets in which the receiver has fewer events than were delivered, or different ones, and how many can no longer be named. */
  gaps: SealedGap[]
  /** The buckets that differ, to be looked at again before the others. */
  differing: IdRange[]
}

/** Without `from` and `to` if the ids hold no time. */
export type SealedGap = Partial<Pick<CompletenessGap, 'from' | 'to'>> & Pick<CompletenessGap, 'events'>

export interface CompareSealedOptions {
  outbox: OutboxCompleteness
  producer: string
  salt: string
  ask: AskReceiver
}

/**
 * Compares zones by whole buckets, without a salt, because the sums that are kept were made without one. A bucket that differs is read and asked
 * about once more before it counts as a gap, because events are delivered and pruned in the meantime; those of its events that are not pruned are looked for
 * by their ids. A bucket may lie after the closed moment: what was delivered is at the receiver, whatever else arrives.
 */
export const compareSealed = async (
  options: CompareSealedOptions,
  zones: readonly IdRange[],
): Promise<SealedDifferences> => {
  const { buckets } = await sumBuckets(options.outbox, zones)
  const left = zones.flatMap((zone) => cutZone(zone, buckets)).map((range) => toRange(buckets, range))
  let compared = countIds(left)
  const differing: IdRange[] = []
  await askUntilEmpty(options, left, (range, result) => {
    if (result.status === 'differs') {
      const parts = [range.from, ...result.bounds].map((from, part) =>
        toRange(buckets, { from, to: result.bounds[part] ?? range.to }),
      )
      return parts.filter(({ sum }, part) => sum.slice(0, 8) !== result.sums[part])
    }
    if (result.status === 'before_floor') {
      const rest = aboveFloor(buckets, range, result.floor)
      compared -= range.count - countIds(rest)
      return rest
    }
    if (isBucket(result)) differing.push({ from: range.from, to: range.to })
    else if (result.status !== 'equal') compared -= range.count
    return []
  })
  return { compared, differing, ...(await nameGaps(options, differing)) }
}

const nameGaps = async (
  options: CompareSealedOptions,
  differing: readonly IdRange[],
): Promise<Pick<SealedDifferences, 'missing' | 'gaps'>> => {
  const missing: string[] = []
  const gaps: SealedGap[] = []
  let left = differing
  for (let reading = 0; reading < maxReadings && left.length > 0; reading += 1) {
    const { buckets, live, moved } = await sumBuckets(options.outbox, left)
    const still = left.filter(({ from }) => !moved.has(from)).map((range) => toRange(buckets, range))
    left = left.filter(({ from }) => moved.has(from))
    const lacking: { bucket: ComparedRange; events: number }[] = []
    await askUntilEmpty(options, still, (bucket, result) => {
      if (isBucket(result) && isLacking(bucket, result))
        lacking.push({ bucket, events: Math.max(1, bucket.count - result.count) })
      return []
    })
    for (const { bucket, events } of lacking) {
      const found = live.has(bucket.from) ? await findLiveIds(options, bucket) : []
      missing.push(...found)
      if (events > found.length) gaps.push({ ...idBucketSpan(bucket.from), events: events - found.length })
    }
  }
  return { missing, gaps }
}

/** The ids of a bucket that are not pruned and that the receiver does not have. It also has those that are pruned. */
const findLiveIds = async (options: CompareSealedOptions, bucket: IdRange): Promise<string[]> => {
  const { missing } = await findDifferences({ ...options, ranges: [bucket], isPartlyPruned: true })
  return missing
}

/**
 * If the receiver has more events than were delivered, that is not a gap: it stores an event before the outbox records that, and it keeps
 * events that the outbox has given up or pruned as dead.
 */
const isLacking = ({ count }: ComparedRange, theirs: { count: number }): boolean => count >= theirs.count

/** The receiver gives a count only when it was asked about one bucket. */
const isBucket = (
  result: RangeResult,
): result is Extract<RangeResult, { status: 'sealed' }> & { count: number } =>
  result.status === 'sealed' && result.count !== undefined

const askUntilEmpty = async (
  { producer, ask }: CompareSealedOptions,
  ranges: readonly ComparedRange[],
  conclude: (range: ComparedRange, result: RangeResult) => ComparedRange[],
): Promise<void> => {
  const left = [...ranges]
  while (left.length > 0) {
    const asked = left.splice(0, rangesOfRequest(left))
    const results = await ask({ producer, salt: '', ranges: asked })
    for (const [position, result] of results.entries())
      left.push(...conclude(asked[position] as ComparedRange, result))
  }
}

const toRange = (buckets: readonly SealedBucket[], { from, to }: IdRange): ComparedRange => {
  const inside = buckets.filter(({ bucket }) => bucket >= from && (to === null || bucket < to))
  const count = inside.reduce((sum, one) => sum + one.count, 0)
  const total = inside.reduce((sum, one) => sum + one.total, 0n)
  return { from, to, ...sealIdSum(count, total) }
}

/** What is left of a range, in whole buckets: the receiver does not know all of the bucket that the floor cuts through. */
const aboveFloor = (
  buckets: readonly SealedBucket[],
  { from, to }: IdRange,
  floor: string,
): ComparedRange[] => {
  const bucket = idBucketOf(padBound(floor))
  const start = bucket.from === padBound(floor) ? bucket.from : bucket.to
  if (start === null || start <= from || (to !== null && start >= to)) return []
  return [toRange(buckets, { from: start, to })]
}

/** Cuts a zone between buckets, so that no piece has many more ids than the receiver adds up in one statement. */
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
