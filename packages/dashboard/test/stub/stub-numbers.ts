import type { Conversion, Durations, Freshness, Metric, Ratio } from '@altcontext/webhook-metrics'

export const adminKey = 'a-key-of-at-least-24-characters'

export const today = '2026-11-22'

export const hostileTenant = '<img src=x onerror="window.hacked=1">'

const dayMs = 86_400_000

export const shift = (day: string, days: number) =>
  new Date(Date.parse(day) + days * dayMs).toISOString().slice(0, 10)

export const daysOf = (from: string, to: string) =>
  Array.from({ length: (Date.parse(to) - Date.parse(from)) / dayMs + 1 }, (_day, index) => shift(from, index))

export type Query = Record<string, string | undefined>

/**
 * The metrics routes with responses that are made up but valid: each passes the schema of the metrics
 * package before it is sent.
 */

export const metric = (
  value: number,
  delta: number | null,
  compared: boolean,
  judgement: Metric['judgement'] = null,
): Metric => ({
  value,
  delta: compared ? delta : null,
  points: null,
  judgement: compared ? judgement : null,
  reason: null,
  deltaReason: compared ? (delta === null ? 'previous_zero' : null) : 'not_requested',
})

export const ratio = (count: number, base: number): Ratio => ({
  value: count / base,
  count,
  base,
  reason: null,
})

export const conversion = (count: number, n: number): Conversion => ({
  value: count / n,
  count,
  n,
  low: Math.max(0, count / n - 0.15),
  high: Math.min(1, count / n + 0.15),
  reason: null,
  note: null,
  estimate: {
    value: count / n,
    n: n + 4,
    low: Math.max(0, count / n - 0.14),
    high: Math.min(1, count / n + 0.14),
    reason: null,
    intervalReason: null,
    note: null,
  },
})

export const durations = (n: number, p50Ms: number): Durations => ({
  n,
  p25Ms: p50Ms / 2,
  p50Ms,
  p75Ms: p50Ms * 2,
  p90Ms: p50Ms * 4,
  reason: null,
  histogram: [
    { fromMs: 0, toMs: 3_600_000, tenants: 4 },
    { fromMs: 3_600_000, toMs: null, tenants: n - 4 },
  ],
})

export const freshness: Freshness = {
  completeThrough: `${today}T14:03:00.000Z`,
  completeThroughReason: null,
  backlog: 3,
  oldestDirtyAgeMs: 12_000,
  oldestDirtyAgeReason: null,
  lastRun: {
    startedAt: `${today}T14:02:58.000Z`,
    finishedAt: `${today}T14:02:58.840Z`,
    details: { cells: 7, entries: 12 },
  },
  lastRunReason: null,
  restatementsInLast7Days: 0,
  eventsKnownMissing: 0,
}

export const wave = (index: number, size: number) =>
  Math.round(
    size * (1 + 0.5 * Math.sin(index / 2.2) + 0.35 * Math.sin(index * 1.7)) * (index % 7 > 4 ? 0.45 : 1),
  )
