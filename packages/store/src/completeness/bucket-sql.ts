/** SQL: the hash of an id behind a salt. */
export const hashSql = (salt: string): string => `sha256(convert_to(${salt} || id, 'UTF8'))`

/** SQL: the first id of the bucket of an id, as a text. The same as `idBucketOf` of the contract. */
export const bucketSql = (id: string): string => {
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
