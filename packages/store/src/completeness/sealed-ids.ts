import { type IdRange, idBucketOf, isBucketBound, padBound } from '@altcontext/webhook-contract'
import type { Tables } from '../create-tables.ts'
import type { Database } from '../database/database.ts'
import { ownerOf } from '../database/lead-scope.ts'
import type { CountedIds } from './id-sums.ts'

/** What is left of purged events in one bucket. */
export interface SealedBucket extends CountedIds {
  bucket: string
}

/** What is sealed of one producer in a range, its buckets in order. */
export const readSealedIds = async (
  tx: Database,
  { tables, producer }: { tables: Tables; producer: string },
  { from, to }: IdRange,
): Promise<SealedBucket[]> => {
  // A bucket that the lower bound cuts begins below it.
  const rows = await tx.query<{ bucket: string; events: number; total: string }>(
    `SELECT bucket, events::float8 AS events, total::text AS total FROM ${tables.sealedEventIds}
     WHERE producer_id = $1::uuid AND owner_id = $2 AND bucket COLLATE "C" >= $3
       AND ($4::text IS NULL OR bucket COLLATE "C" < $4)
     ORDER BY bucket COLLATE "C"`,
    [producer, ownerOf(tx), idBucketOf(padBound(from)).from, to],
  )
  return rows.map(({ bucket, events, total }) => ({ bucket, count: events, total: BigInt(total) }))
}

/** Whether a bound lies inside one of the sealed buckets, so that nobody can say how much of it is in the range. */
export const cutsSealedBucket = ({ from, to }: IdRange, sealed: readonly SealedBucket[]): boolean =>
  [from, to].some(
    (bound) =>
      !isBucketBound(bound) &&
      sealed.some(({ bucket }) => bucket === idBucketOf(padBound(bound as string)).from),
  )
