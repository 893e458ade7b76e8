import { idHours } from './id-hours.ts'

/**
 * The same sums in PostgreSQL's SQL, where ids are. `id` is SQL of a text, a UUID in lower case, and `hash` of a column of
 * {@link idHashSql}.
 */
export const idHashSql = (id: string, salt = "''"): string => `sha256(convert_to(${salt} || ${id}, 'UTF8'))`

/**
 * The sum of all hashes of a group, as `numeric`; null of none. PostgreSQL has no integers of 128 bits: each quarter is added up by
 * itself. The hash has to be a column, or it is made anew for each quarter: `FROM (SELECT ... OFFSET 0)`.
 */
export const idTotalSql = (hash: string): string => {
  const byte = (at: number): string => `get_byte(${hash}, ${at})`
  const quarter = (at: number): string =>
    `sum((${byte(at)}::bigint << 24) | (${byte(at + 1)} << 16) | (${byte(at + 2)} << 8) | ${byte(at + 3)})`
  const shift = `${2n ** 32n}::numeric`
  return `mod(((${quarter(0)} * ${shift} + ${quarter(4)}) * ${shift} + ${quarter(8)}) * ${shift} + ${quarter(12)}, ${idTotalModulus})`
}

/** 2^128 as SQL: what sums are kept modulo. */
export const idTotalModulus = `${2n ** 128n}::numeric`

/** The first id of an id's bucket, as a text: `idBucketOf(id).from`. */
export const idBucketSql = (id: string): string => {
  const { firstMs, endMs, lengthMs } = idHours
  const ms = `('x' || left(${id}, 8) || substr(${id}, 10, 4))::bit(48)::bigint`
  const start = `CASE WHEN ${ms} >= ${firstMs} AND ${ms} < ${endMs} THEN ${ms} - ${ms} % ${lengthMs}
    ELSE greatest(${ms} >> 40 << 40, CASE WHEN ${ms} >= ${endMs} THEN ${endMs} ELSE 0 END) END`
  return `regexp_replace(lpad(to_hex(${start}), 12, '0'), '^(.{8})(.{4})$', '\\1-\\2-0000-0000-000000000000')`
}
