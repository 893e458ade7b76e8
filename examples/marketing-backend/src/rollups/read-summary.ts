import type { Pool } from 'pg'
import { dayOf, daysBetween } from './days.ts'

/** UTC days, both ends included. */
export interface Window {
  from: string
  to: string
}

interface SummaryRequest {
  propertyId: string
  window: Window
  compareTo: Window | null
  now: Date
}

const counters = [
  'uniqueVisitors',
  'pageViews',
  'entrances',
  'formStarts',
  'formSubmits',
  'conversions',
  'newLeads',
] as const

type Counts = Record<(typeof counters)[number], number>

/** The part of the summary that depends on the database. */
export const readSummary = async (pool: Pool, { propertyId, window, compareTo, now }: SummaryRequest) => {
  const trend = await readTrend(pool, propertyId, window)
  const before = compareTo && sumOf(await readTrend(pool, propertyId, compareTo))
  const rejected = await readRejections(pool, propertyId, window)
  const rejectedBefore = compareTo && (await readRejections(pool, propertyId, compareTo))
  const totals = sumOf(trend)
  return {
    freshness: await readFreshness(pool, propertyId, now),
    metrics: Object.fromEntries(counters.map((name) => [name, metric(totals[name], before?.[name])])),
    ingest: {
      rejected: metric(rejected.total, rejectedBefore?.total),
      rejectedByReason: rejected.byReason,
    },
    trend,
  }
}

/** `delta` is relative to the window before; null when that had nothing, or was not asked for. */
const metric = (value: number, before: number | undefined) => ({
  value,
  delta: before === undefined || before === 0 ? null : (value - before) / before,
})

const sumOf = (days: readonly Counts[]): Counts =>
  Object.fromEntries(counters.map((name) => [name, days.reduce((sum, day) => sum + day[name], 0)])) as Counts

/** One row for every day of the window, zeros included. */
const readTrend = async (pool: Pool, propertyId: string, { from, to }: Window) => {
  const { rows } = await pool.query<{ day: string } & Counts>(
    `SELECT to_char(days.day, 'YYYY-MM-DD') AS day,
       COALESCE(unique_visitors, 0) AS "uniqueVisitors", COALESCE(page_views, 0) AS "pageViews",
       COALESCE(entrances, 0) AS entrances, COALESCE(form_starts, 0) AS "formStarts",
       COALESCE(form_submits, 0) AS "formSubmits", COALESCE(conversions, 0) AS conversions,
       COALESCE(new_leads, 0) AS "newLeads"
     FROM (SELECT $2::date + step AS day FROM generate_series(0, $3::int - 1) AS step) days
     LEFT JOIN daily_metric_rollups r ON r.property_id = $1 AND r.day = days.day
     ORDER BY days.day`,
    [propertyId, from, daysBetween(from, to)],
  )
  return rows
}

const readRejections = async (pool: Pool, propertyId: string, { from, to }: Window) => {
  const { rows } = await pool.query<{ reason: string; count: number }>(
    `SELECT reason, count(*)::int AS count FROM ingest_rejections
     WHERE property_id = $1 AND occurred_at >= $2::date AND occurred_at < $3::date + 1
     GROUP BY reason ORDER BY reason`,
    [propertyId, from, to],
  )
  return {
    total: rows.reduce((sum, { count }) => sum + count, 0),
    byReason: Object.fromEntries(rows.map(({ reason, count }) => [reason, count])),
  }
}

const readFreshness = async (pool: Pool, propertyId: string, now: Date) => {
  const { rows } = await pool.query<{ day: string | null; generated: string | null }>(
    `SELECT to_char(max(day), 'YYYY-MM-DD') AS day,
       to_char(max(generated_at), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS generated
     FROM daily_metric_rollups WHERE property_id = $1`,
    [propertyId],
  )
  const rolledUpThrough = rows[0]?.day ?? null
  return {
    rolledUpThrough,
    lagDays: rolledUpThrough === null ? null : Math.max(0, daysBetween(rolledUpThrough, dayOf(now)) - 1),
    generatedAt: rows[0]?.generated ?? null,
  }
}
