import {
  type ComparedRange,
  type IdRange,
  idHashSql,
  idTotalSql,
  sealIdSum,
} from '@altcontext/webhook-contract'
import type { Tables } from '../create-tables.ts'
import type { Database } from '../database/database.ts'
import { ownerOf } from '../database/lead-scope.ts'

/** Ids that are compared: those of one producer, under one salt. */
export interface ComparedIds {
  tables: Tables
  producer: string
  salt: string
  /** See {@link readIdOrder}. */
  order: IdOrder
}

/** How ids are compared and ordered in SQL: as the primary key does where that is byte by byte, so that it can be used. */
export type IdOrder = '' | ' COLLATE "C"'

/** What a digest is made of. */
export interface CountedIds {
  count: number
  total: bigint
}

/**
 * Whether the database's own order of ids is byte by byte. It is in nearly every collation, for all ids have their hyphens in the
 * same places; Danish and Norwegian sort "aa" behind "z", and there the index of the primary key is of no use to a range of bytes.
 */
export const readIdOrder = async (tx: Database): Promise<IdOrder> => {
  const [row] = await tx.query<{ is_byte_ordered: boolean }>(
    `WITH digits AS (SELECT to_hex(n) AS digit FROM generate_series(0, 15) n),
       texts AS (SELECT a.digit || b.digit || c.digit AS text FROM digits a, digits b, digits c)
     SELECT array_agg(text ORDER BY text) = array_agg(text ORDER BY text COLLATE "C") AS is_byte_ordered FROM texts`,
  )
  return row?.is_byte_ordered ? '' : ' COLLATE "C"'
}

/** The sums of the raw events in each range, in its order: a statement for each, so that each has its whole time. */
export const sumStoredIds = async (
  tx: Database,
  { tables, producer, salt, order }: ComparedIds,
  ranges: readonly IdRange[],
): Promise<CountedIds[]> => {
  const counted: CountedIds[] = []
  for (const { from, to } of ranges) {
    const rows = await tx.query<SumRow>(
      `SELECT ${sumsSql} FROM (
         SELECT ${idHashSql('id', '$5')} AS hash FROM ${tables.tenantEvents}
         WHERE id${order} >= $3 AND id${order} < $4 AND producer_id = $1::uuid AND owner_id = $2 OFFSET 0
       ) stored`,
      [producer, ownerOf(tx), from, to ?? behindAllIds, salt],
    )
    counted.push(...rows.map(toCountedIds))
  }
  return counted
}

/** One part of a range: from the first id that is in it to the last. */
export interface IdPart extends CountedIds {
  first: string
  last: string
}

/** A range of `count` ids cut into parts of nearly equal size, in order. */
export const splitStoredIds = async (
  tx: Database,
  { tables, producer, salt, order }: ComparedIds,
  { from, to }: IdRange,
  { count, parts }: { count: number; parts: number },
): Promise<IdPart[]> => {
  const rows = await tx.query<SumRow & { first: string; last: string }>(
    `SELECT min(id${order}) AS first, max(id${order}) AS last, ${sumsSql}
     FROM (
       SELECT id, ${idHashSql('id', '$5')} AS hash,
         least((row_number() OVER (ORDER BY id${order}) - 1) * $7::int / $6::int, $7::int - 1) AS part
       FROM ${tables.tenantEvents}
       WHERE id${order} >= $3 AND id${order} < $4 AND producer_id = $1::uuid AND owner_id = $2
     ) stored
     GROUP BY part ORDER BY part`,
    [producer, ownerOf(tx), from, to ?? behindAllIds, salt, count, parts],
  )
  return rows.map((row) => ({ first: row.first, last: row.last, ...toCountedIds(row) }))
}

/** The ids in each range, at most `most` of each. */
export const listStoredIds = async (
  tx: Database,
  { tables, producer, order }: ComparedIds,
  ranges: readonly IdRange[],
  most: number,
): Promise<string[][]> => {
  if (ranges.length === 0) return []
  const rows = await tx.query<{ position: number; id: string }>(
    `SELECT range.position, stored.id
     FROM json_to_recordset($3::json) AS range (position int, "from" text, "to" text)
     CROSS JOIN LATERAL (
       SELECT id FROM ${tables.tenantEvents}
       WHERE id${order} >= range."from" AND id${order} < range."to" AND producer_id = $1::uuid AND owner_id = $2
       ORDER BY id${order} LIMIT $4
     ) stored
     ORDER BY range.position, stored.id${order}`,
    [producer, ownerOf(tx), rangesParameter(ranges), most],
  )
  const ids = ranges.map((): string[] => [])
  for (const { position, id } of rows) ids[position]?.push(id)
  return ids
}

/** No id begins so, and none is higher. */
const behindAllIds = 'g'

const rangesParameter = (ranges: readonly IdRange[]): string =>
  JSON.stringify(ranges.map(({ from, to }, position) => ({ position, from, to: to ?? behindAllIds })))

export const sumsSql = `count(hash)::float8 AS count, coalesce(${idTotalSql('hash')}, 0)::text AS total`

export interface SumRow {
  count: number
  total: string
}

export const toCountedIds = ({ count, total }: SumRow): CountedIds => ({ count, total: BigInt(total) })

/** Whether a producer says of a range what is stored. */
export const isEqual = ({ count, sum }: ComparedRange, counted: CountedIds): boolean =>
  counted.count === count && sealIdSum(counted.count, counted.total).sum === sum

const shortSumDigits = 8

/** What a part of a range that differs is compared by. */
export const toShortSum = ({ count, total }: CountedIds): string =>
  sealIdSum(count, total).sum.slice(0, shortSumDigits)

export const addUp = (parts: readonly CountedIds[]): CountedIds => ({
  count: parts.reduce((sum, { count }) => sum + count, 0),
  total: parts.reduce((sum, { total }) => sum + total, 0n),
})
