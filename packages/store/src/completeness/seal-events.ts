import { idBucketSql, idHashSql, idTotalModulus, idTotalSql } from '@altcontext/webhook-contract'
import type { Tables } from '../create-tables.ts'

/**
 * SQL: common table expressions that keep the sums of the events that the statement deletes, so that a producer can still be told how many there
 * were. `deleted` must be one of the statement's own, with `id`, `owner_id` and `producer_id`.
 */
export const sealEventsSql = (deleted: string, { sealedEventIds }: Tables): string => `
hashed_ids AS MATERIALIZED (
  SELECT producer_id, owner_id, ${idBucketSql('id')} AS bucket, ${idHashSql('id')} AS hash
  FROM ${deleted} WHERE producer_id IS NOT NULL
),
sealed_ids AS (
  INSERT INTO ${sealedEventIds} AS known (producer_id, owner_id, bucket, events, total)
  SELECT producer_id, owner_id, bucket, count(*), ${idTotalSql('hash')} FROM hashed_ids
  GROUP BY producer_id, owner_id, bucket ORDER BY producer_id, owner_id, bucket
  ON CONFLICT (producer_id, owner_id, bucket) DO UPDATE SET
    events = known.events + EXCLUDED.events, total = mod(known.total + EXCLUDED.total, ${idTotalModulus})
)`
