import { randomUUID } from 'node:crypto'
import { PassThrough } from 'node:stream'
import {
  type BridgeResponse,
  bridgeResponseSchema,
  type ChannelsResponse,
  type Conversion,
  channelResponseSchema,
  channelsResponseSchema,
  cohortsResponseSchema,
  type Durations,
  eventsResponseSchema,
  type Freshness,
  type Funnel,
  type FunnelChange,
  type FunnelChanges,
  type Metric,
  type Ratio,
  restatementsResponseSchema,
  type ServiceUsageResponse,
  type StoredEvent,
  serviceUsageResponseSchema,
  type TenantRow,
  type TenantsResponse,
  tenantResponseSchema,
  tenantsResponseSchema,
} from '@altcontext/webhook-metrics'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** What a test may change in the stub's answers. */
export interface StubState {
  status: number
  /** A report that alone fails. */
  failing?: string
  usage?: (answer: ServiceUsageResponse) => ServiceUsageResponse
  channels?: (answer: ChannelsResponse) => ChannelsResponse
  tenants?: (answer: TenantsResponse) => TenantsResponse
  bridge?: (answer: BridgeResponse) => BridgeResponse
  /** The paths and queries of the requests so far. */
  requests: string[]
  /** Answers wait for it. */
  gate?: Promise<void>
}

export const adminKey = 'a-key-of-at-least-24-characters'
export const today = '2026-11-22'
export const hostileTenant = '<img src=x onerror="window.hacked=1">'

const dayMs = 86_400_000
const shift = (day: string, days: number) =>
  new Date(Date.parse(day) + days * dayMs).toISOString().slice(0, 10)
const daysOf = (from: string, to: string) =>
  Array.from({ length: (Date.parse(to) - Date.parse(from)) / dayMs + 1 }, (_day, index) => shift(from, index))

const metric = (
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
const ratio = (count: number, base: number): Ratio => ({ value: count / base, count, base, reason: null })

const conversion = (count: number, n: number): Conversion => ({
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

const durations = (n: number, p50Ms: number): Durations => ({
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

export const funnel = (tenantsCreated = 34): Funnel => ({
  marketingVisitors: 14_203,
  leadsCaptured: 342,
  leadsCapured: 342,
  tenantsCreated,
  tenantsWithApiKey: 28,
  tenantsWithFirstScan: 21,
  tenantsActive30d: 17,
  tenantsReturned: 15,
  activeTenants: 41,
  tenantsWithLead: 26,
  tenantsWithScanButNoApiKey: 0,
  tenantsTooYoung: 4,
  tooYoungDays: 7,
  marketingDaysCovered: 30,
  marketingRolledUpThrough: today,
  rates: {
    visitorToLeadRatio: ratio(342, 14_203),
    leadToTenantRatio: ratio(26, 342),
    apiKeyCreationRate: ratio(28, 34),
    activationRate: ratio(21, 34),
    returnRate: ratio(15, 34),
    active30dRate: ratio(17, 34),
  },
  conversions: {
    horizonDays: 14,
    apiKey: conversion(25, 30),
    firstScan: conversion(20, 30),
    returned: conversion(14, 30),
  },
  durations: {
    apiKey: durations(28, 1_200_000),
    firstScan: durations(21, 9_840_000),
    returned: durations(15, 172_800_000),
  },
  medianTimeToFirstScanMs: { value: 9_840_000, reason: null },
  reasons: {},
})

const changeOf = (value: number, previous: number, isRate = false): FunnelChange => ({
  value,
  previous,
  delta: value / previous - 1,
  points: isRate ? value - previous : null,
  reason: null,
  deltaReason: null,
})

const funnelChanges: FunnelChanges = {
  marketingVisitors: changeOf(14_203, 13_900),
  leadsCaptured: changeOf(342, 360),
  tenantsCreated: changeOf(34, 29),
  activeTenants: changeOf(41, 38),
  apiKey: changeOf(0.83, 0.8, true),
  firstScan: changeOf(0.67, 0.7, true),
  returned: changeOf(0.47, 0.4, true),
}

const wave = (index: number, size: number) =>
  Math.round(
    size * (1 + 0.5 * Math.sin(index / 2.2) + 0.35 * Math.sin(index * 1.7)) * (index % 7 > 4 ? 0.45 : 1),
  )

const usageAnswer = (from: string, to: string, compared: boolean): ServiceUsageResponse => {
  const days = daysOf(from, to)
  return {
    ok: true,
    window: { from, to },
    compareTo: compared ? { from: shift(from, -days.length), to: shift(from, -1) } : null,
    compared: compared ? { from, to: to < today ? to : shift(today, -1) } : null,
    openDay: to === today ? today : null,
    usage: {
      totalScansCompleted: metric(1428, 0.123, compared, 'better'),
      totalScansFailed: metric(31, 0.24, compared, 'worse'),
      scanSuccessRate: metric(0.9787, -0.002, compared, 'worse'),
      totalMediaProcessed: metric(28_404, 0.18, compared, 'better'),
      totalIdentitiesDetected: metric(89_207, 0.214, compared, 'better'),
      identitiesPerScan: metric(62.47, 0.081, compared),
      avgScanDurationMs: metric(3212, -0.062, compared, 'better'),
      totalClustersCreated: metric(451, null, compared),
      suggestionResolutionRate: {
        value: null,
        delta: null,
        points: null,
        judgement: null,
        reason: 'no_suggestions_generated',
        deltaReason: compared ? 'no_value' : 'not_requested',
      },
    },
    funnel: funnel(),
    funnelChanges: compared ? funnelChanges : null,
    trend: days.map((day, index) => ({
      day,
      isOpen: day >= today,
      scansCompleted: wave(index, 47),
      scansFailed: index % 6 === 2 ? 4 : index % 4 === 0 ? 1 : 0,
      mediaProcessed: wave(index + 3, 940),
      identitiesDetected: wave(index + 5, 2960),
      clustersCreated: 15,
      suggestionsGenerated: 0,
      suggestionsResolved: 0,
      dailyActiveTenants: 9,
      weeklyActiveTenants: 24,
      monthlyActiveTenants: 41,
      reason: null,
      activeReason: null,
    })),
    freshness,
  }
}

const channelRow = (
  channel: string,
  kind: ChannelsResponse['channels'][number]['kind'],
  counts: [number, number, number, number, number, number],
): ChannelsResponse['channels'][number] => {
  const [visitors, leads, tenantsCreated, tenantsWithApiKey, tenantsWithFirstScan, tenantsActive30d] = counts
  const rate = (part: number, whole: number, reason: 'no_tenants_created' | 'no_leads'): Ratio =>
    whole === 0 ? { value: null, count: part, base: 0, reason } : ratio(part, whole)
  // Most who scan come back.
  const tenantsReturned = Math.max(0, tenantsWithFirstScan - 1)
  return {
    channel,
    kind,
    visitors,
    leads,
    tenantsCreated,
    tenantsWithApiKey,
    tenantsWithFirstScan,
    tenantsActive30d,
    tenantsReturned,
    leadToTenantRatio: rate(tenantsCreated, leads, 'no_leads'),
    firstScanRate: rate(tenantsWithFirstScan, tenantsCreated, 'no_tenants_created'),
    returnRate: rate(tenantsReturned, tenantsCreated, 'no_tenants_created'),
    active30dRate: rate(tenantsActive30d, tenantsCreated, 'no_tenants_created'),
    conversions: {
      horizonDays: 14,
      apiKey: conversion(tenantsWithApiKey, Math.max(1, tenantsCreated)),
      firstScan: conversion(tenantsWithFirstScan, Math.max(1, tenantsCreated)),
      returned: conversion(tenantsReturned, Math.max(1, tenantsCreated)),
    },
    verdict:
      channel === 'newsletter'
        ? { verdict: 'ahead', shrunkRate: 0.6, probabilityAhead: 0.99, probabilityBest: 0.97, reason: null }
        : {
            verdict: kind === 'channel' ? 'too_few' : null,
            shrunkRate: kind === 'channel' ? 0.5 : null,
            probabilityAhead: null,
            probabilityBest: null,
            reason: kind === 'channel' ? 'too_few' : 'not_a_channel',
          },
  }
}

const channelsAnswer = (from: string, to: string): ChannelsResponse => ({
  ok: true,
  window: { from, to },
  by: 'channel',
  touch: 'first',
  channels: [
    channelRow('newsletter', 'channel', [3120, 141, 13, 12, 10, 9]),
    channelRow('none', 'no_lead', [0, 0, 8, 6, 3, 2]),
    channelRow('organic_search', 'channel', [6204, 98, 7, 5, 4, 3]),
    channelRow('conference', 'channel', [310, 44, 4, 3, 3, 2]),
    channelRow('<b>ads</b>', 'channel', [2240, 38, 2, 2, 1, 1]),
    channelRow('unattributed', 'remainder', [2329, 21, 0, 0, 0, 0]),
  ],
  totals: {
    visitors: 14_203,
    leads: 342,
    tenantsCreated: 34,
    tenantsWithApiKey: 28,
    tenantsWithFirstScan: 21,
    tenantsActive30d: 17,
    tenantsReturned: 16,
  },
  // What is left over is of the first day.
  marketingDays: daysOf(from, to).map((day, index, { length }) => ({
    day,
    visitors: Math.floor(14_203 / length) + (index === 0 ? 14_203 % length : 0),
    leads: Math.floor(342 / length) + (index === 0 ? 342 % length : 0),
  })),
  freshness,
})

const tenantRow = (index: number): TenantRow => {
  const idle = index % 6 === 5
  const created = shift(today, -((index * 3) % 80) - 2)
  return {
    tenantId:
      index === 1
        ? hostileTenant
        : `tenant-${String(index).padStart(3, '0')}-${['oak', 'birch', 'elm'][index % 3]}`,
    channel: index % 4 === 3 ? null : (['newsletter', 'organic_search', 'conference'][index % 3] ?? null),
    tenantCreatedAt: `${created}T09:12:33.000Z`,
    firstApiKeyAt: idle ? null : `${created}T09:40:00.000Z`,
    firstScanAt: idle ? null : `${shift(created, 1)}T08:00:00.000Z`,
    timeToFirstScanMs: idle ? null : 82_047_000,
    scansCompleted: idle ? 0 : 120 - index * 2,
    scansFailed: idle ? 0 : index % 5,
    scanSuccessRate: idle ? null : 0.98,
    mediaProcessed: idle ? 0 : 2400 - index * 31,
    identitiesDetected: idle ? 0 : 7300 - index * 93,
    avgScanDurationMs: idle ? null : 2800 + index * 11,
    clustersCreated: idle ? 0 : 12,
    suggestionsGenerated: 0,
    suggestionsResolved: 0,
    lastActiveDay: idle ? null : shift(today, -(index % 9)),
    reasons: {
      ...(index % 4 === 3 ? { channel: 'not_attributed' as const } : {}),
      ...(idle
        ? {
            firstApiKeyAt: 'not_seen',
            firstScanAt: 'not_seen',
            timeToFirstScanMs: 'not_seen',
            scanSuccessRate: 'no_scans',
            avgScanDurationMs: 'no_completed_scans',
            lastActiveDay: 'no_completed_scans',
          }
        : {}),
    },
  }
}

export const allTenants = Array.from({ length: 58 }, (_row, index) => tenantRow(index))

const tenantsAnswer = (query: Record<string, string | undefined>): TenantsResponse => {
  const { sort = 'tenantId', order = 'asc', limit = '25', offset = '0', search = '' } = query
  const { from = shift(today, -29), to = today } = query
  const key = sort as TenantsResponse['page']['sort']
  const found = allTenants
    .filter(({ tenantId }) => tenantId.toLowerCase().includes(search.toLowerCase()))
    .sort((left, right) => {
      const [a, b] = [left[key] ?? '', right[key] ?? '']
      const compared =
        typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b))
      return order === 'asc' ? compared : -compared
    })
  return {
    ok: true,
    window: { from, to },
    tenants: found.slice(Number(offset), Number(offset) + Number(limit)),
    page: {
      limit: Number(limit),
      offset: Number(offset),
      total: found.length,
      sort: key,
      order: order === 'desc' ? 'desc' : 'asc',
      next: null,
    },
    freshness,
  }
}

const bridgeAnswer = (): BridgeResponse => ({
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

const storedEvents: StoredEvent[] = Array.from({ length: 60 }, (_event, index) => ({
  id: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
  eventType: ['scan.completed', 'scan.failed', 'cluster.created'][index % 3] ?? '',
  tenantId: allTenants[index % 7]?.tenantId ?? '',
  occurredAt: `${today}T13:${String(59 - index).padStart(2, '0')}:00.000Z`,
  receivedAt: `${today}T13:${String(59 - index).padStart(2, '0')}:02.000Z`,
  lagMs: 2000,
  isImplausible: false,
  payload: { jobId: `job-${index}`, mediaCount: 20 },
}))

const arrivedAgain = [
  ['scan.completed', 9, `${today}T13:40:12.000Z`],
  ['scan.completed', 5, `${today}T09:02:30.000Z`],
  ['cluster.created', 198, `${shift(today, -9)}T22:14:05.000Z`],
].map(([eventType, duplicates, receivedAt], index) => ({
  id: String(3 - index),
  eventType,
  duplicates,
  receivedAt,
}))

const eventsAnswer = ({ kind = 'received', type, tenantId, limit = '50', before }: Query) => {
  const created: StoredEvent = {
    id: '00000000-0000-4000-8000-000000000999',
    eventType: 'tenant.created',
    tenantId: tenantId ?? '',
    occurredAt: '2026-10-01T09:12:33.000Z',
    receivedAt: '2026-10-01T09:12:34.000Z',
    lagMs: 1000,
    isImplausible: false,
    payload: { siteUrl: 'https://gallery.example' },
  }
  const found = (type === 'tenant.created' && tenantId ? [created] : storedEvents).filter(
    (event) =>
      (type === undefined || event.eventType === type) &&
      (tenantId === undefined || event.tenantId === tenantId) &&
      (before === undefined || event.receivedAt < before),
  )
  const events = kind === 'received' ? found.slice(0, Number(limit)) : []
  return eventsResponseSchema.parse({
    ok: true,
    kind,
    events,
    duplicates:
      kind === 'duplicate'
        ? arrivedAgain.filter(({ eventType }) => type === undefined || eventType === type)
        : [],
    refusals:
      kind !== 'refused'
        ? []
        : ['unauthorized', 'invalid_signature', 'of_the_host'].map((reason, index) => ({
            id: `r${index}`,
            refusedAt: `${today}T12:00:0${index}.000Z`,
            endpoint: '/v1/webhooks/description-service',
            status: 401,
            reason,
            words: null,
          })),
    page: {
      limit: Number(limit),
      next: events.length < found.length && kind === 'received' ? (events.at(-1)?.receivedAt ?? null) : null,
      latest: null,
    },
    freshness,
  })
}

/** The tenants of a channel: one on every third day, most of whom scan. */
const channelAnswer = (channel: string, query: Query) => {
  const { from = shift(today, -29), to = today } = query
  const trend = daysOf(from, to).map((day, index) => ({
    day,
    tenantsCreated: index % 3 === 0 ? 1 : 0,
    tenantsWithFirstScan: index % 6 === 0 ? 1 : 0,
  }))
  const tenantsCreated = trend.filter((day) => day.tenantsCreated > 0).length
  const part = (name: string, share: number) => ({
    name,
    tenantsCreated: share,
    tenantsWithFirstScan: Math.floor(share / 2),
    tenantsReturned: Math.floor(share / 3),
  })
  const first = Math.ceil(tenantsCreated / 2)
  return channelResponseSchema.parse({
    ok: true,
    window: { from, to },
    channel,
    tenantsCreated,
    returnsReason: null,
    timeToFirstScan: durations(Math.max(4, Math.ceil(tenantsCreated / 2)), 9_840_000),
    trend,
    campaigns: [part('spring', first), part('none', tenantsCreated - first)],
    landingPages: [part('/', first), part('/pricing', tenantsCreated - first)],
    freshness,
  })
}

const tenantAnswer = (tenantId: string, query: Query) => {
  const tenant = allTenants.find((row) => row.tenantId === tenantId)
  if (tenant === undefined) return undefined
  const { from = shift(today, -29), to = today } = query
  const touch = {
    channel: 'newsletter',
    source: 'newsletter',
    medium: 'email',
    campaign: 'spring',
    landingPath: '/',
    touchedAt: '2026-09-28T10:00:00.000Z',
    term: null,
    content: null,
    referrerHost: null,
  }
  return tenantResponseSchema.parse({
    ok: true,
    window: { from, to },
    tenant,
    touches:
      tenant.channel === null
        ? { first: null, last: null, reason: 'not_attributed' }
        : { first: touch, last: touch, reason: null },
    trend: usageAnswer(from, to, false).trend,
    events: storedEvents.filter((event) => event.tenantId === tenantId),
    page: { limit: 50, next: null, latest: null },
    freshness,
  })
}

const cohortsAnswer = ({ channel, to = today }: Query) =>
  cohortsResponseSchema.parse({
    ok: true,
    window: { from: shift(to, -20), to },
    by: 'week',
    channel: channel ?? null,
    cohorts: [0, 1, 2].map((week) => ({
      from: shift(to, -20 + 7 * week),
      to: shift(to, -14 + 7 * week),
      tenants: 4 - week,
      active: [0, 1, 2].map((since) =>
        week + since < 2
          ? ratio(2 - since, 4 - week)
          : { value: null, count: 0, base: 4 - week, reason: 'not_over' },
      ),
    })),
    freshness,
  })

const restatementsAnswer = () => {
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

/** A stream that is there, and of which nothing comes. */
const quietStream = (): PassThrough => {
  const stream = new PassThrough()
  stream.write(':\n\n')
  return stream
}

type Query = Record<string, string | undefined>

/**
 * The metrics routes with answers that are made up but valid: each passes the schema of the metrics
 * package before it is sent.
 */
export const stubMetrics = (app: FastifyInstance, state: StubState): void => {
  const windowOf = ({ from = shift(today, -29), to = today }: Query) => ({ from, to })

  const route = (name: string, answer: (query: Query) => unknown, csv?: (query: Query) => string) =>
    app.get(`/v1/metrics/${name}`, async (request: FastifyRequest, reply: FastifyReply) => {
      state.requests.push(request.url)
      await state.gate
      if (request.headers['x-admin-key'] !== adminKey) {
        return reply.code(401).send({ ok: false, error: 'unauthorized' })
      }
      if (state.failing === name) return reply.code(500).send({ ok: false, error: 'internal_error' })
      if (state.status !== 200) return reply.code(state.status).send({ ok: false, error: 'internal_error' })
      if (request.headers.accept === 'text/event-stream') {
        return reply.type('text/event-stream').send(quietStream())
      }
      if (csv && request.headers.accept === 'text/csv') {
        return reply.type('text/csv; charset=utf-8').send(csv(request.query as Query))
      }
      return answer(request.query as Query)
    })

  route(
    'service-usage',
    (query) => {
      const { from, to } = windowOf(query)
      const answer = usageAnswer(from, to, query.compareTo === 'true')
      return serviceUsageResponseSchema.parse(state.usage ? state.usage(answer) : answer)
    },
    () => 'day,scansCompleted\r\n',
  )
  route(
    'channels',
    (query) => {
      const { from, to } = windowOf(query)
      const answer = channelsAnswer(from, to)
      return channelsResponseSchema.parse(state.channels ? state.channels(answer) : answer)
    },
    () => 'channel,visitors\r\n',
  )
  route(
    'tenants',
    (query) => {
      const answer = tenantsAnswer(query)
      return tenantsResponseSchema.parse(state.tenants ? state.tenants(answer) : answer)
    },
    (query) =>
      [
        'tenantId,scansCompleted',
        ...tenantsAnswer({ ...query, limit: '1000' }).tenants.map(
          (row) => `"${row.tenantId.replaceAll('"', '""')}",${row.scansCompleted}`,
        ),
      ].join('\r\n'),
  )
  route('events', eventsAnswer)
  route('cohorts', cohortsAnswer)
  route('restatements', restatementsAnswer)
  for (const [name, list] of [
    ['notes', 'notes'],
    ['saved-views', 'views'],
  ] as const) {
    const kept: { id: string }[] = []
    route(name, () => ({ ok: true, [list]: kept }))
    app.post(`/v1/metrics/${name}`, async (request) => {
      const at = `${today}T14:00:00.000Z`
      const added = { id: randomUUID(), notedAt: at, savedAt: at, ...(request.body as object) }
      kept.push(added)
      return { ok: true, [list.slice(0, -1)]: added }
    })
    app.delete<{ Params: { id: string } }>(`/v1/metrics/${name}/:id`, async ({ params }) => {
      kept.splice(
        kept.findIndex(({ id }) => id === params.id),
        1,
      )
      return { ok: true }
    })
  }
  app.get('/v1/metrics/channels/*', (request) => {
    state.requests.push(request.url)
    const { '*': channel } = request.params as { '*': string }
    return channelAnswer(channel, request.query as Query)
  })
  app.get('/v1/metrics/tenants/*', async (request, reply) => {
    state.requests.push(request.url)
    const { '*': tenantId } = request.params as { '*': string }
    const answer = tenantAnswer(tenantId, request.query as Query)
    return answer ?? reply.code(404).send({ ok: false, error: 'not_found' })
  })
  route('bridge', () =>
    bridgeResponseSchema.parse(state.bridge ? state.bridge(bridgeAnswer()) : bridgeAnswer()),
  )
}
