import {
  type ComparedRange,
  completenessLimits,
  type IdRange,
  idBucketOf,
  type RangeResult,
  sealIdSum,
  shortIdHash,
} from '@altcontext/webhook-contract'
import { createTables } from '../create-tables.ts'
import type { Database } from '../database/database.ts'
import { ownerOf } from '../database/lead-scope.ts'
import {
  type ComparedIds,
  type CountedIds,
  type IdPart,
  listStoredIds,
  readIdOrder,
  splitStoredIds,
  sumStoredIds,
} from './id-sums.ts'
import { cutsSealedBucket, readSealedIds, type SealedBucket } from './sealed-ids.ts'

export interface CompareRangesRequest {
  /** The durable outbox whose events are compared, a UUID in lower case. */
  producer: string
  salt: string
  ranges: readonly ComparedRange[]
}

export interface CompareRangesOptions {
  /** @default the connection's search path */
  schema?: string | undefined
  /** How long a statement may go without an answer. @default 8_000 */
  timeoutMs?: number | undefined
}

/**
 * Answers `POST <path>/reconcile`: what a producer says it has delivered, compared with what is stored of it.
 * Reads ranges of the primary key, and nothing outside of them.
 *
 * @throws {StoreError} `report_too_slow`, `database_unavailable`
 */
export const compareRanges = (
  database: Database,
  { producer, salt, ranges }: CompareRangesRequest,
  { schema, timeoutMs = 8000 }: CompareRangesOptions = {},
): Promise<RangeResult[]> => {
  const tables = createTables(schema)
  return database.transaction(
    async (tx) => {
      const ids: ComparedIds = { tables, producer, salt, order: await readIdOrder(tx) }
      const floor = await readFloor(tx, ids)
      const stored = await sumStoredIds(tx, ids, ranges)
      const hasSealed = await hasSealedIds(tx, ids)
      const results: (RangeResult | undefined)[] = []
      for (const [position, range] of ranges.entries()) {
        const counted = stored[position] as CountedIds
        const sealed = hasSealed ? await readSealedIds(tx, ids, range) : []
        if (range.from < floor) results.push({ status: 'before_floor', floor })
        else if (sealed.length > 0) results.push(await compareSealed(tx, ids, { range, counted, sealed }))
        else if (isEqual(range, counted) && range.list === undefined) results.push({ status: 'equal' })
        else if (counted.count > completenessLimits.maxIds) results.push(await split(tx, ids, range, counted))
        else results.push(undefined)
      }
      const listed = ranges.filter((_, position) => results[position] === undefined)
      const lists = (await listStoredIds(tx, ids, listed, completenessLimits.maxIds)).values()
      return results.map(
        (result, position) => result ?? toIds(lists.next().value ?? [], salt, ranges[position]),
      )
    },
    { timeoutMs, isReport: true },
  )
}

const isEqual = ({ count, sum }: ComparedRange, counted: CountedIds): boolean =>
  counted.count === count && sealIdSum(counted.count, counted.total).sum === sum

const toIds = (ids: string[], salt: string, range: ComparedRange | undefined): RangeResult =>
  range?.list === true
    ? { status: 'ids', ids }
    : { status: 'ids', hashes: ids.map((id) => shortIdHash(id, salt)) }

const split = async (
  tx: Database,
  ids: ComparedIds,
  range: IdRange,
  { count }: CountedIds,
): Promise<RangeResult> => {
  const parts = await splitStoredIds(tx, ids, range, { count, parts: completenessLimits.splitParts })
  return {
    status: 'differs',
    count,
    bounds: parts
      .slice(1)
      .map(({ first }, position) => shortestBound((parts[position] as IdPart).last, first)),
    sums: parts.map(toShortSum),
  }
}

/** The shortest beginning of an id that is still behind the id before. */
const shortestBound = (before: string, id: string): string => {
  let length = 1
  while (id.slice(0, length) <= before) length += 1
  return id.slice(0, length)
}

const shortSumDigits = 8
const toShortSum = ({ count, total }: CountedIds): string =>
  sealIdSum(count, total).sum.slice(0, shortSumDigits)

/** What is sealed has no salt and cannot be cut: it is compared by whole buckets. */
const compareSealed = async (
  tx: Database,
  ids: ComparedIds,
  { range, counted, sealed }: { range: ComparedRange; counted: CountedIds; sealed: readonly SealedBucket[] },
): Promise<RangeResult> => {
  if (ids.salt !== '' || cutsSealedBucket(range, sealed)) return { status: 'sealed' }
  const whole = addUp([counted, ...sealed])
  if (isEqual(range, whole)) return { status: 'equal' }
  const [first] = sealed as [SealedBucket]
  const bucket = idBucketOf(first.bucket)
  if (sealed.length === 1 && range.from === bucket.from && range.to === bucket.to) {
    return { status: 'sealed', ...sealIdSum(whole.count, whole.total) }
  }
  const bounds = boundsBetween(range, sealed)
  const parts = [range.from, ...bounds].map((from, position) => ({ from, to: bounds[position] ?? range.to }))
  const stored = await sumStoredIds(tx, ids, parts)
  return {
    status: 'differs',
    count: whole.count,
    bounds,
    sums: parts.map(({ from, to }, position) => {
      const inPart = sealed.filter(({ bucket: start }) => start >= from && (to === null || start < to))
      return toShortSum(addUp([stored[position] as CountedIds, ...inPart]))
    }),
  }
}

/** Where sealed buckets begin and end, as many as a result may have. */
const boundsBetween = (range: IdRange, sealed: readonly SealedBucket[]): string[] => {
  const all = sealed.flatMap(({ bucket }) => {
    const { from, to } = idBucketOf(bucket)
    return to === null ? [from] : [from, to]
  })
  const inside = [...new Set(all)].filter(
    (bound) => bound > range.from && (range.to === null || bound < range.to),
  )
  const most = completenessLimits.splitParts - 1
  if (inside.length <= most) return inside
  return Array.from(
    { length: most },
    (_, at) => inside[Math.floor(((at + 1) * inside.length) / (most + 1))] as string,
  )
}

const addUp = (parts: readonly CountedIds[]): CountedIds => ({
  count: parts.reduce((sum, { count }) => sum + count, 0),
  total: parts.reduce((sum, { total }) => sum + total, 0n),
})

const readFloor = async (tx: Database, { tables, producer }: ComparedIds): Promise<string> => {
  const [row] = await tx.query<{ floor: string }>(
    `SELECT floor FROM ${tables.eventProducers} WHERE producer_id = $1::uuid AND owner_id = $2`,
    [producer, ownerOf(tx)],
  )
  return row?.floor ?? ''
}

const hasSealedIds = async (tx: Database, { tables, producer }: ComparedIds): Promise<boolean> => {
  const [row] = await tx.query<{ found: boolean }>(
    `SELECT EXISTS (
       SELECT FROM ${tables.sealedEventIds} WHERE producer_id = $1::uuid AND owner_id = $2
     ) AS found`,
    [producer, ownerOf(tx)],
  )
  return row?.found === true
}
