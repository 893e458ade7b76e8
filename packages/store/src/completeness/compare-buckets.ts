import {
  behindAllIds,
  type ComparedRange,
  completenessLimits,
  type IdRange,
  idBucketOf,
  idBucketSql,
  idHashSql,
  padBound,
  type RangeResult,
  sealIdSum,
} from '@altcontext/webhook-contract'
import type { Database } from '../database/database.ts'
import { ownerOf } from '../database/lead-scope.ts'
import {
  addUp,
  type ComparedIds,
  type CountedIds,
  idSql,
  isEqual,
  type SumRow,
  sumsSql,
  toCountedIds,
  toShortSum,
} from './id-sums.ts'

/** Compares without a salt: by whole buckets, whose purged events are known only as sums. */
export const compareBuckets = async (
  tx: Database,
  ids: ComparedIds,
  range: ComparedRange,
): Promise<RangeResult> => {
  const buckets = await readBuckets(tx, ids, range)
  const whole = addUp(buckets)
  if (isEqual(range, whole)) return { status: 'equal' }
  if (isOneBucket(range)) return { status: 'sealed', ...sealIdSum(whole.count, whole.total) }
  const bounds = boundsBetween(range, buckets)
  const starts = [range.from, ...bounds]
  return {
    status: 'differs',
    count: whole.count,
    bounds,
    sums: starts.map((from, position) => {
      const to = bounds[position] ?? range.to
      return toShortSum(addUp(buckets.filter(({ bucket }) => bucket >= from && (to === null || bucket < to))))
    }),
  }
}

/** Whether some events of a range are known only as sums. */
export const hasSealedIds = async (
  tx: Database,
  { tables, producer }: ComparedIds,
  { from, to }: IdRange,
): Promise<boolean> => {
  // A bucket that the lower bound cuts through begins below it.
  const [row] = await tx.query<{ found: boolean }>(
    `SELECT EXISTS (
       SELECT FROM ${tables.sealedEventIds} WHERE producer_id = $1::uuid AND owner_id = $2
         AND bucket COLLATE "C" >= $3 AND ($4::text IS NULL OR bucket COLLATE "C" < $4)
     ) AS found`,
    [producer, ownerOf(tx), idBucketOf(padBound(from)).from, to],
  )
  return row?.found === true
}

interface Bucket extends CountedIds {
  bucket: string
}

/** Raw events and sums of purged ones, added up for each bucket, in order. */
const readBuckets = async (
  tx: Database,
  { tables, producer }: ComparedIds,
  { from, to }: IdRange,
): Promise<Bucket[]> => {
  const params = [producer, ownerOf(tx), from, to ?? behindAllIds]
  const stored = await tx.query<SumRow & { bucket: string }>(
    `SELECT bucket, ${sumsSql}
     FROM (
       SELECT ${idBucketSql('id')} AS bucket, ${idHashSql('id')} AS hash FROM ${tables.tenantEvents}
       WHERE ${idSql} >= $3 AND ${idSql} < $4 AND producer_id = $1::uuid AND owner_id = $2 OFFSET 0
     ) hashes
     GROUP BY bucket`,
    params,
  )
  const sealed = await tx.query<{ bucket: string; events: number; total: string }>(
    `SELECT bucket, events::float8 AS events, total::text AS total FROM ${tables.sealedEventIds}
     WHERE producer_id = $1::uuid AND owner_id = $2 AND bucket COLLATE "C" >= $3 AND bucket COLLATE "C" < $4`,
    params,
  )
  const buckets = new Map<string, CountedIds>(stored.map((row) => [row.bucket, toCountedIds(row)]))
  for (const { bucket, events, total } of sealed) {
    const known = buckets.get(bucket)
    const purged = { count: events, total: BigInt(total) }
    buckets.set(bucket, known === undefined ? purged : addUp([known, purged]))
  }
  return [...buckets]
    .map(([bucket, counted]) => ({ bucket, ...counted }))
    .sort((one, other) => (one.bucket < other.bucket ? -1 : 1))
}

const isOneBucket = ({ from, to }: IdRange): boolean => {
  const bucket = idBucketOf(padBound(from))
  return bucket.from === padBound(from) && bucket.to === (to === null ? null : padBound(to))
}

/** Where the buckets begin and end, at most as many as a result may have. */
const boundsBetween = (range: IdRange, buckets: readonly Bucket[]): string[] => {
  const all = buckets.flatMap(({ bucket }) => {
    const { from, to } = idBucketOf(bucket)
    return to === null ? [from] : [from, to]
  })
  // A range in which nothing is stored is still more than one bucket.
  const bounds = all.length > 0 ? all : [idBucketOf(padBound(range.from)).to ?? '']
  const inside = [...new Set(bounds)].filter(
    (bound) => bound > padBound(range.from) && (range.to === null || bound < range.to),
  )
  const maxBounds = completenessLimits.splitParts - 1
  if (inside.length <= maxBounds) return inside
  return Array.from(
    { length: maxBounds },
    (_, at) => inside[Math.floor(((at + 1) * inside.length) / (maxBounds + 1))] as string,
  )
}
