import type { HostDatabase } from '../database/host-tables.ts'
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
export const readSummary = async (
  database: HostDatabase,
  { propertyId, window, compareTo, now }: SummaryRequest,
) => {
  const trend = await readTrend(database, propertyId, window)
  const before = compareTo && sumOf(await readTrend(database, propertyId, compareTo))
  const rejected = await readRejections(database, propertyId, window)
  const rejectedBefore = compareTo && (await readRejections(database, propertyId, compareTo))
  const totals = sumOf(trend)
  return {
    freshness: await readFreshness(database, propertyId, now),
    metrics: Object.fromEntries(counters.map((name) => [name, metric(totals[name], before?.[name])])),
    ingest: {
      rejected: metric(rejected.total, rejectedBefore?.total),
      rejectedByReason: rejected.byReason,
    },
    trend,
  }
}

/** `delta` is relative to the window before; null when that had nothing, or was not requested. */
const metric = (value: number, before: number | undefined) => ({
  value,
  delta: before === undefined || before === 0 ? null : (value - before) / before,
})

const sumOf = (days: readonly Counts[]): Counts =>
  Object.fromEntries(counters.map((name) => [name, days.reduce((sum, day) => sum + day[name], 0)])) as Counts

/** One row for every day of the window, zeros included. */
const readTrend = async ({ pool, tables }: HostDatabase, propertyId: string, { from, to }: Window) => {
  const { rows } = await pool.query<{ day: string } & Counts>(
    `SELECT to_char(days.day, 'YYYY-MM-DD') AS day,
       COALESCE(unique_visitors, 0) AS "uniqueVisitors", COALESCE(page_views, 0) AS "pageViews",
       COALESCE(entrances, 0) AS entrances, COALESCE(form_starts, 0) AS "formStarts",
       COALESCE(form_submits, 0) AS "formSubmits", COALESCE(conversions, 0) AS conversions,
       COALESCE(new_leads, 0) AS "newLeads"
     FROM (SELECT $2::date + step AS day FROM generate_series(0, $3::int - 1) AS step) days
     LEFT JOIN ${tables.dailyMetricRollups} r ON r.property_id = $1 AND r.day = days.day
     ORDER BY days.day`,
    [propertyId, from, daysBetween(from, to)],
  )
  return rows
}

const readRejections = async ({ pool, tables }: HostDatabase, propertyId: string, { from, to }: Window) => {
  const { rows } = await pool.query<{ reason: string; count: number }>(
    `SELECT reason, sum(refused)::int AS count FROM (
       SELECT reason, 1 AS refused FROM ${tables.ingestRejections}
       WHERE property_id = $1 AND occurred_at >= $2::date AND occurred_at < $3::date + 1
       UNION ALL
       SELECT reason, refused FROM ${tables.ingestRejectionCounts}
       WHERE property_id = $1 AND minute >= $2::date AND minute < $3::date + 1
     ) refusals
     GROUP BY reason ORDER BY reason`,
    [propertyId, from, to],
  )
  return {
    total: rows.reduce((sum, { count }) => sum + count, 0),
    byReason: Object.fromEntries(rows.map(({ reason, count }) => [reason, count])),
  }
}

const readFreshness = async ({ pool, tables }: HostDatabase, propertyId: string, now: Date) => {
  const { rows } = await pool.query<{ day: string | null; generated: string | null }>(
    `SELECT to_char(max(day), 'YYYY-MM-DD') AS day,
       to_char(max(generated_at), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS generated
     FROM ${tables.dailyMetricRollups} WHERE property_id = $1`,
    [propertyId],
  )
  const rolledUpThrough = rows[0]?.day ?? null
  return {
    rolledUpThrough,
    lagDays: rolledUpThrough === null ? null : Math.max(0, daysBetween(rolledUpThrough, dayOf(now)) - 1),
    generatedAt: rows[0]?.generated ?? null,
  }
}
