import { createTables } from './create-tables.ts'
import type { Database } from './database/database.ts'

export interface RateWindowTake {
  /** Whose window it is. Everybody who gives the same name counts together. */
  name: string
  /** How much may be counted in any `timeWindowMs`. */
  max: number
  timeWindowMs: number
  /** How much one caller wants to count. */
  amount: number
  /** How many callers want to count that much. */
  times: number
}

export interface RateWindowVerdict {
  /** How many of the callers are let in, and counted. */
  allowed: number
  /** How long until one more is let in; 0 when all are. */
  retryAfterMs: number
}

const patienceMs = 5000

/**
 * Counts in a sliding window that all servers on one database share; the definition is that of the contract's
 * `createSlidingWindows`, on the clock of the database. What is refused is not counted.
 *
 * @throws as every statement does, when the database cannot be reached or does not respond within five seconds.
 */
export const takeFromRateWindow = async (
  database: Database,
  take: RateWindowTake,
  { schema }: { schema?: string | undefined } = {},
): Promise<RateWindowVerdict> => {
  const { webhookRateWindows } = createTables(schema)
  const { name, max, timeWindowMs, amount, times } = take
  // It belongs to no customer, so no context is needed.
  const { transaction } = database.withoutContext ?? database
  const ask = <Row>(text: string, params: readonly unknown[]): Promise<Row[]> =>
    transaction((tx) => tx.query<Row>(text, params, { isOnly: true, isRepeated: true }), {
      timeoutMs: patienceMs,
    })

  const takeSql = takeSqlFor(webhookRateWindows)
  const params = [name, max, timeWindowMs, amount, times]
  const [verdict] = await ask<RateWindowVerdict>(takeSql, params)
  if (verdict !== undefined) return verdict
  // The first of this name, or the first after a crash, which empties an unlogged table.
  await ask(
    `INSERT INTO ${webhookRateWindows} (name, started_at, counted, counted_before)
     VALUES ($1, clock_timestamp() AT TIME ZONE 'UTC', 0, 0) ON CONFLICT (name) DO NOTHING`,
    [name],
  )
  const [first] = await ask<RateWindowVerdict>(takeSql, params)
  if (first === undefined) throw new TypeError('A window that was just created is gone')
  return first
}

// The row is locked before the clock is read, so that nobody counts with a state or a time that an earlier caller has
// overtaken. MATERIALIZED keeps that order, and reads the clock once.
const takeSqlFor = (windows: string): string => `
WITH locked AS MATERIALIZED (
  SELECT started_at, counted, counted_before FROM ${windows} WHERE name = $1 FOR UPDATE
), aged AS MATERIALIZED (
  SELECT *, greatest(0, extract(epoch FROM (clock_timestamp() AT TIME ZONE 'UTC') - started_at)::float8 * 1000 / $3::float8) AS age
  FROM locked
), rolled AS (
  SELECT
    started_at + floor(age) * $3::float8 * interval '1 millisecond' AS started_at,
    age - floor(age) AS elapsed,
    CASE WHEN age < 1 THEN counted ELSE 0 END AS counted,
    CASE WHEN age < 1 THEN counted_before WHEN age < 2 THEN counted ELSE 0 END AS counted_before
  FROM aged
), judged AS (
  SELECT *,
    greatest(0, least($5::float8, floor(($2::float8 - counted_before * (1 - elapsed) - counted) / $4::float8)))::bigint AS allowed
  FROM rolled
), written AS (
  UPDATE ${windows} AS w
  SET started_at = judged.started_at, counted = judged.counted + judged.allowed * $4::bigint, counted_before = judged.counted_before
  FROM judged WHERE w.name = $1 AND judged.allowed > 0
), after AS (
  SELECT allowed, elapsed, counted_before, counted + allowed * $4::bigint AS counted, $2::float8 - $4::float8 AS spare FROM judged
)
SELECT allowed::int AS allowed,
  CASE
    WHEN allowed = $5::bigint THEN 0
    WHEN counted <= spare THEN ceil((greatest(0, 1 - (spare - counted) / greatest(counted_before, 1)) - elapsed) * $3::float8)
    ELSE ceil((1 + greatest(0, 1 - spare / greatest(counted, 1)) - elapsed) * $3::float8)
  END::float8 AS "retryAfterMs"
FROM after`
