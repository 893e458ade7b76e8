import { type BridgeResponse, restatementsResponseSchema } from '@altcontext/webhook-metrics'
import { freshness, shift, today } from './stub-numbers.ts'

export const bridgeResponse = (): BridgeResponse => ({
  ok: true,
  at: `${today}T14:03:12.000Z`,
  implausible: { before: '2026-05-01T00:00:00.000Z', events: 0 },
  freshness,
  problems: [],
  producers: [],
  traffic: {
    last24Hours: { accepted: 2714, duplicates: 14, refused: 5 },
    last30Days: { accepted: 48_210, duplicates: 212, refused: 61 },
    lag: { n: 2714, p50Ms: 1240, p95Ms: 9800, reason: null },
    lastEvents: [
      ['tenant.created', 7_200_000],
      ['apikey.created', 5_400_000],
      ['scan.completed', 9000],
      ['scan.failed', 240_000],
      ['cluster.created', 31_000],
      ['suggestion.generated', null],
      ['suggestion.resolved', null],
    ].map(([eventType, ageMs]) => ({
      eventType: String(eventType),
      receivedAt:
        ageMs === null ? null : new Date(Date.parse(`${today}T14:03:12Z`) - Number(ageMs)).toISOString(),
      ageMs: ageMs === null ? null : Number(ageMs),
      reason: ageMs === null ? ('not_seen' as const) : null,
    })),
  },
  jobs: {
    rollup: { run: freshness.lastRun, reason: null },
    backfill: { run: null, reason: 'never_ran' },
    discrepancy: {
      run: {
        startedAt: `${today}T03:00:00.000Z`,
        finishedAt: `${today}T03:00:04.100Z`,
        details: { cells: 0, compared: 6120 },
      },
      reason: null,
    },
    purge: {
      run: {
        startedAt: `${today}T04:00:00.000Z`,
        finishedAt: `${today}T04:00:01.000Z`,
        details: { events: 1204 },
      },
      reason: null,
    },
  },
  today: {
    day: today,
    received: {
      total: 1876,
      counts: {
        'tenant.created': 2,
        'apikey.created': 3,
        'scan.completed': 1412,
        'scan.failed': 28,
        'cluster.created': 431,
        'suggestion.generated': 0,
        'suggestion.resolved': 0,
      },
    },
    duplicates: { total: 14, counts: { 'scan.completed': 14 } },
    refusals: { total: 5, counts: { unauthorized: 3, invalid_request: 2 } },
  },
})

export const restatementsResponse = () => {
  const sums = {
    scansCompleted: 41,
    scansFailed: 1,
    mediaProcessed: 900,
    identitiesDetected: 2700,
    clustersCreated: 12,
    suggestionsGenerated: 0,
    suggestionsResolved: 0,
    durationSumMs: 120_000,
    durationCount: 41,
  }
  return restatementsResponseSchema.parse({
    ok: true,
    window: { from: shift(today, -29), to: today },
    restatements: [
      {
        day: shift(today, -2),
        cause: 'late_events',
        restatedAt: `${today}T02:00:00.000Z`,
        before: sums,
        after: { ...sums, scansCompleted: 42 },
      },
    ],
    page: { limit: 50, offset: 0, total: 1 },
    freshness,
  })
}
