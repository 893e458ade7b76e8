import {
  behindAllIds,
  type ComparedRange,
  type IdRange,
  idHashSql,
  idTotalSql,
  sealIdSum,
} from '@altcontext/webhook-contract'
import type { Tables } from '../create-tables.ts'
import type { Database } from '../database/database.ts'
import { ownerOf } from '../database/lead-scope.ts'

/** The ids that are compared: those of one producer, under one salt. */
export interface ComparedIds {
  tables: Tables
  producer: string
  salt: string
}

/**
 * SQL: an id as it is compared and ordered, byte by byte whatever the database's collation: Danish and Norwegian sort "aa" after "z". The
 * index that these statements read, `tenant_events_producer_idx`, has it in this form.
 */
export const idSql = 'id COLLATE "C"'

/** What a digest is made of. */
export interface CountedIds {
  count: number
  total: bigint
}

/** The sums of the raw events in each range, in the order of the ranges: one statement for each, so that each has the whole time limit. */
export const sumStoredIds = async (
  tx: Database,
  { tables, producer, salt }: ComparedIds,
  ranges: readonly IdRange[],
): Promise<CountedIds[]> => {
  const counted: CountedIds[] = []
  for (const { from, to } of ranges) {
    const rows = await tx.query<SumRow>(
      `SELECT ${sumsSql} FROM (
         SELECT ${idHashSql('id', '$5')} AS hash FROM ${tables.tenantEvents}
         WHERE ${idSql} >= $3 AND ${idSql} < $4 AND producer_id = $1::uuid AND owner_id = $2 OFFSET 0
       ) stored`,
      [producer, ownerOf(tx), from, to ?? behindAllIds, salt],
    )
    counted.push(...rows.map(toCountedIds))
  }
  return counted
}

/** One piece of a range: from the first id in it to the last. */
export interface IdPart extends CountedIds {
  first: string
  last: string
}

/** A range of `count` ids cut into pieces of nearly equal size, in order. */
export const splitStoredIds = async (
  tx: Database,
  { tables, producer, salt }: ComparedIds,
  { from, to }: IdRange,
  { count, parts }: { count: number; parts: number },
): Promise<IdPart[]> => {
  const rows = await tx.query<SumRow & { first: string; last: string }>(
    `SELECT min(${idSql}) AS first, max(${idSql}) AS last, ${sumsSql}
     FROM (
       SELECT id, ${idHashSql('id', '$5')} AS hash,
         least((row_number() OVER (ORDER BY ${idSql}) - 1) * $7::int / $6::int, $7::int - 1) AS part
       FROM ${tables.tenantEvents}
       WHERE ${idSql} >= $3 AND ${idSql} < $4 AND producer_id = $1::uuid AND owner_id = $2
     ) stored
     GROUP BY part ORDER BY part`,
    [producer, ownerOf(tx), from, to ?? behindAllIds, salt, count, parts],
  )
  return rows.map((row) => ({ first: row.first, last: row.last, ...toCountedIds(row) }))
}

/** The ids in each range, at most `most` of each. */
export const listStoredIds = async (
  tx: Database,
  { tables, producer }: ComparedIds,
  ranges: readonly IdRange[],
  maxIds: number,
): Promise<string[][]> => {
  if (ranges.length === 0) return []
  const rows = await tx.query<{ position: number; id: string }>(
    `SELECT range.position, stored.id
     FROM json_to_recordset($3::json) AS range (position int, "from" text, "to" text)
     CROSS JOIN LATERAL (
       SELECT id FROM ${tables.tenantEvents}
       WHERE ${idSql} >= range."from" AND ${idSql} < range."to" AND producer_id = $1::uuid AND owner_id = $2
       ORDER BY ${idSql} LIMIT $4
     ) stored
     ORDER BY range.position, stored.${idSql}`,
    [producer, ownerOf(tx), rangesParameter(ranges), maxIds],
  )
  const ids = ranges.map((): string[] => [])
  for (const { position, id } of rows) ids[position]?.push(id)
  return ids
}

const rangesParameter = (ranges: readonly IdRange[]): string =>
  JSON.stringify(ranges.map(({ from, to }, position) => ({ position, from, to: to ?? behindAllIds })))

export const sumsSql = `count(hash)::float8 AS count, coalesce(${idTotalSql('hash')}, 0)::text AS total`

export interface SumRow {
  count: number
  total: string
}

export const toCountedIds = ({ count, total }: SumRow): CountedIds => ({ count, total: BigInt(total) })

/** Whether what a producer says of a range matches what is stored. */
export const isEqual = ({ count, sum }: ComparedRange, counted: CountedIds): boolean =>
  counted.count === count && sealIdSum(counted.count, counted.total).sum === sum

const shortSumDigits = 8

/** How a piece of a range that differs is compared. */
export const toShortSum = ({ count, total }: CountedIds): string =>
  sealIdSum(count, total).sum.slice(0, shortSumDigits)

export const addUp = (parts: readonly CountedIds[]): CountedIds => ({
  count: parts.reduce((sum, { count }) => sum + count, 0),
  total: parts.reduce((sum, { total }) => sum + total, 0n),
})
