/**
 * The same sums in PostgreSQL's SQL, where ids are. `id` is SQL of a text, a UUID in lower case, and `hash` of a column of
 * {@link idHashSql}.
 */
export const idHashSql = (id: string, salt = "''"): string => `sha256(convert_to(${salt} || ${id}, 'UTF8'))`

/**
 * The sum of all hashes of a group, as `numeric`; null of none. PostgreSQL has no integers of 128 bits: both halves are added up as
 * signed numbers of 64, and one that is negative is 2^64 more than it says.
 */
export const idTotalSql = (hash: string): string => {
  const half = (
    from: number,
  ): string => `sum(('x' || encode(substring(${hash} FROM ${from + 1} FOR 8), 'hex'))::bit(64)::bigint)
    + count(*) FILTER (WHERE get_byte(${hash}, ${from}) >= 128) * ${2n ** 64n}::numeric`
  return `mod((${half(0)}) * ${2n ** 64n}::numeric + ${half(8)}, ${idTotalModulus})`
}

/** 2^128 as SQL: what sums are kept modulo. */
export const idTotalModulus = `${2n ** 128n}::numeric`

/** The first id of an id's bucket, as a text: `idBucketOf(id).from`. */
export const idBucketSql = (id: string): string => {
  const ms = `('x' || left(${id}, 8) || substr(${id}, 10, 4))::bit(48)::bigint`
  const start = `CASE WHEN ${ms} >= ${firstHourMs} AND ${ms} < ${endOfHoursMs} THEN ${ms} - ${ms} % ${hourMs}
    ELSE greatest(${ms} >> 40 << 40, CASE WHEN ${ms} >= ${endOfHoursMs} THEN ${endOfHoursMs} ELSE 0 END) END`
  return `regexp_replace(lpad(to_hex(${start}), 12, '0'), '^(.{8})(.{4})$', '\\1-\\2-0000-0000-000000000000')`
}

const hourMs = 3_600_000
/** 2020-01-01. */
const firstHourMs = 1_577_836_800_000
/** 2100-01-01. */
const endOfHoursMs = 4_102_444_800_000
