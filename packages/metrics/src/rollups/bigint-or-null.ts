/**
 * SQL: the text of a JSON number as a bigint, and NULL for any other text and for numbers that no bigint can hold. By a pattern,
 * because `pg_input_is_valid` is not in PostgreSQL 15.
 */
export const bigintOrNull = (text: string): string =>
  `CASE WHEN ${text} ~ '^-?[0-9]{1,19}$' THEN
    CASE WHEN (${text})::numeric BETWEEN -9223372036854775808 AND 9223372036854775807 THEN (${text})::bigint END
  END`
