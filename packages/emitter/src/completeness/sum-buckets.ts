import { createIdSum, type IdRange, type IdSum, idBucketOf } from '@altcontext/webhook-contract'
import type { OutboxCompleteness, SealedBucket } from '../outbox/durable/outbox-completeness.ts'
import { readDeliveredIds } from './read-delivered-ids.ts'

/** The delivered events of some ranges, whether still in the outbox or pruned, added up for each bucket. */
export interface BucketSums {
  /** In order. */
  buckets: SealedBucket[]
  /** Buckets with events that are still in the outbox. */
  live: ReadonlySet<string>
  /** Buckets that were pruned while they were read: an id may have been added twice, or not at all. */
  moved: ReadonlySet<string>
}

/** Some of a bucket's events may still be in the outbox: they were delivered later than the others. */
export const sumBuckets = async (
  outbox: OutboxCompleteness,
  ranges: readonly IdRange[],
): Promise<BucketSums> => {
  const isInside = (bucket: string): boolean =>
    ranges.some(({ from, to }) => bucket >= from && (to === null || bucket < to))
  const readSealed = async (): Promise<SealedBucket[]> =>
    (await outbox.sealedBuckets()).filter(({ bucket }) => isInside(bucket))

  const sealed = new Map((await readSealed()).map((bucket) => [bucket.bucket, bucket]))
  const live = new Map<string, IdSum>()
  for (const range of ranges) {
    for await (const ids of readDeliveredIds(outbox, range)) {
      for (const id of ids) {
        const { from } = idBucketOf(id)
        const sum = live.get(from) ?? createIdSum()
        live.set(from, sum)
        sum.add(id)
      }
    }
  }
  const moved = (await readSealed()).filter(({ bucket, count }) => count !== (sealed.get(bucket)?.count ?? 0))
  return {
    buckets: [...new Set([...sealed.keys(), ...live.keys()])].sort().map((bucket) => ({
      bucket,
      count: (sealed.get(bucket)?.count ?? 0) + (live.get(bucket)?.count ?? 0),
      total: (sealed.get(bucket)?.total ?? 0n) + (live.get(bucket)?.total ?? 0n),
    })),
    live: new Set(live.keys()),
    moved: new Set(moved.map(({ bucket }) => bucket)),
  }
}
