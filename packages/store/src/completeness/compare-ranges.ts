import {
  type ComparedRange,
  completenessLimits,
  type IdRange,
  isBucketBound,
  type RangeResult,
  shortIdHash,
} from '@altcontext/webhook-contract'
import { createTables } from '../create-tables.ts'
import type { Database } from '../database/database.ts'
import { ownerOf } from '../database/lead-scope.ts'
import { tooSlow } from '../database/report-settings.ts'
import { compareBuckets, hasSealedIds } from './compare-buckets.ts'
import {
  type ComparedIds,
  type CountedIds,
  type IdPart,
  isEqual,
  listStoredIds,
  splitStoredIds,
  sumStoredIds,
  toShortSum,
} from './id-sums.ts'

export interface CompareRangesRequest {
  /** The durable outbox whose events are compared, a UUID in lower case. */
  producer: string
  salt: string
  ranges: readonly ComparedRange[]
}

export interface CompareRangesOptions {
  /** @default the connection's search path */
  schema?: string | undefined
  /** How long a statement may go without a response. @default 8_000 */
  timeoutMs?: number | undefined
  /** How long all of it may take: half the time that an emitter waits for the response. @default 30_000 */
  deadlineMs?: number | undefined
  /** Aborts when the client has left. The comparison then ends and rejects with the signal's reason. */
  signal?: AbortSignal | undefined
}

/**
 * Responds to `POST <path>/reconcile`: compares what a producer says it has delivered with what is stored of it. Reads
 * only the producer's own range of an index, and no row of another producer.
 *
 * @throws {StoreError} `report_too_slow`, `database_unavailable`
 */
export const compareRanges = async (
  database: Database,
  { producer, salt, ranges }: CompareRangesRequest,
  { schema, timeoutMs = 8000, deadlineMs = 30_000, signal }: CompareRangesOptions = {},
): Promise<RangeResult[]> => {
  const ids: ComparedIds = { tables: createTables(schema), producer, salt }
  const deadline = new AbortController()
  const timer = setTimeout(() => deadline.abort(tooSlow(deadlineMs)), deadlineMs)
  const ends = signal === undefined ? deadline.signal : AbortSignal.any([signal, deadline.signal])
  try {
    return await database.transaction(
      async (tx) => {
        const floor = await readFloor(tx, ids)
        const compare = salt === '' ? compareByBuckets : compareByIds
        const compared = ranges.filter(({ from }) => from >= floor)
        const results = (await compare(tx, ids, compared)).values()
        return ranges.map(({ from }) =>
          from < floor ? { status: 'before_floor', floor } : (results.next().value as RangeResult),
        )
      },
      { timeoutMs, isReport: true, signal: ends },
    )
  } finally {
    clearTimeout(timer)
  }
}

const compareByBuckets = async (
  tx: Database,
  ids: ComparedIds,
  ranges: readonly ComparedRange[],
): Promise<RangeResult[]> => {
  const results: RangeResult[] = []
  for (const range of ranges) {
    const isWhole = isBucketBound(range.from) && isBucketBound(range.to)
    results.push(isWhole ? await compareBuckets(tx, ids, range) : { status: 'sealed' })
  }
  return results
}

const compareByIds = async (
  tx: Database,
  ids: ComparedIds,
  ranges: readonly ComparedRange[],
): Promise<RangeResult[]> => {
  const stored = await sumStoredIds(tx, ids, ranges)
  const results: (RangeResult | undefined)[] = []
  for (const [position, range] of ranges.entries()) {
    const counted = stored[position] as CountedIds
    if (await hasSealedIds(tx, ids, range)) results.push({ status: 'sealed' })
    else if (isEqual(range, counted) && range.list === undefined) results.push({ status: 'equal' })
    else if (counted.count > completenessLimits.maxIds) results.push(await split(tx, ids, range, counted))
    else results.push(undefined)
  }
  const listed = ranges.filter((_, position) => results[position] === undefined)
  const lists = (await listStoredIds(tx, ids, listed, completenessLimits.maxIds)).values()
  return results.map(
    (result, position) => result ?? toIds(lists.next().value ?? [], ids.salt, ranges[position]),
  )
}

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

/** The shortest prefix of an id that still sorts after the id before. */
const shortestBound = (before: string, id: string): string => {
  let length = 1
  while (id.slice(0, length) <= before) length += 1
  return id.slice(0, length)
}

const readFloor = async (tx: Database, { tables, producer }: ComparedIds): Promise<string> => {
  const [row] = await tx.query<{ floor: string }>(
    `SELECT floor FROM ${tables.eventProducers} WHERE producer_id = $1::uuid AND owner_id = $2`,
    [producer, ownerOf(tx)],
  )
  return row?.floor ?? ''
}
