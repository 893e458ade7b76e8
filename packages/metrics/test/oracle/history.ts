import fc from 'fast-check'

export const dayMs = 86_400_000
export const hourMs = 3_600_000

/** The first midnight of every history. */
export const startMs = Date.parse('2026-03-01T00:00:00Z')

export interface HistoryEvent {
  id: number
  owner: number
  type: string
  tenant: string
  atMs: number
  amounts: { mediaCount: number; identitiesDetected: number; durationMs: number; count: number }
  email: string | null
}

export interface HistoryLead {
  owner: number
  email: string
  stated: string | null
  capturedAtMs: number
  visitor: string | null
}

export interface HistoryVisit {
  owner: number
  visitor: string
  atMs: number
  source: string
  landingPath: string
  referrer: string | null
  utm: [source: string | null, medium: string | null, campaign: string | null]
}

export interface HistoryDay {
  owner: number
  day: number
  visitors: number
  leads: number
  sources: Record<string, number>
}

export const actions = [
  'nothing',
  'rollup',
  'rollup',
  'break off',
  'purge',
  'backfill',
  'two workers',
  'copy',
  'copy',
  'purge visits',
  'compare',
] as const

export interface HistoryStep {
  /** Which events are delivered, by position; some more than once. */
  deliver: number[]
  advanceHours: number
  action: (typeof actions)[number]
  /** After how many statements a transaction breaks off. */
  breakAfter: number
  /** Which lead is deleted, by position. */
  deleteLead: number | null
  /** A request is refused. */
  refusal: string | null
}

/** The questions at the end. */
export interface Questions {
  /** The events on whose days a window begins and ends, by position. */
  from: number
  to: number
  horizonDays: 7 | 14 | 30
  sort: string
  order: 'asc' | 'desc'
  search: string
}

export interface History {
  /** Two customers of the host with the same names for everything, or one without customers. */
  hasCustomers: boolean
  events: HistoryEvent[]
  leads: HistoryLead[]
  visits: HistoryVisit[]
  days: HistoryDay[]
  steps: HistoryStep[]
  isRolledUpAtLast: boolean
  questions: Questions
}

const lastDay = 45

// Close to midnight as often as not: that is where days go wrong.
const atMs = fc
  .oneof(
    fc.integer({ min: -40 * dayMs, max: lastDay * dayMs }),
    fc.integer({ min: -40, max: lastDay }).map((day) => day * dayMs),
    fc.integer({ min: -40, max: lastDay }).map((day) => day * dayMs - 1),
  )
  .map((at) => startMs + at)

// One clock in eight is months or decades behind.
const eventAtMs = fc.oneof(
  { weight: 7, arbitrary: atMs },
  { weight: 1, arbitrary: fc.integer({ min: -500 * dayMs, max: -65 * dayMs }).map((at) => startMs + at) },
)

const owner = fc.nat({ max: 1 })
const tenants = ['a', 'b', 'c', 'Bb', 'd%e']
const emails = ['ada@example.com', 'ben@example.com', 'cyd@example.com']
const visitors = ['v1', 'v2', 'v3']
const count = fc.integer({ min: 0, max: 50 })

const event = fc.record({
  owner,
  type: fc.constantFrom(
    'tenant.created',
    'tenant.created',
    'apikey.created',
    'scan.completed',
    'scan.completed',
    'scan.completed',
    'scan.failed',
    'cluster.created',
    'suggestion.generated',
    'suggestion.resolved',
  ),
  tenant: fc.constantFrom(...tenants),
  atMs: eventAtMs,
  amounts: fc.record({ mediaCount: count, identitiesDetected: count, durationMs: count, count }),
  email: fc.option(fc.constantFrom(...emails)),
})

const lead = fc.record({
  owner,
  email: fc.constantFrom(...emails),
  stated: fc.option(fc.constantFrom('Newsletter ', 'google ads', 'Podcast'), { freq: 2 }),
  capturedAtMs: atMs,
  visitor: fc.option(fc.constantFrom(...visitors), { freq: 4 }),
})

const visit = fc.record({
  owner,
  visitor: fc.constantFrom(...visitors),
  atMs,
  source: fc.constantFrom('direct', 'organic_search', 'social', 'email'),
  landingPath: fc.constantFrom('/', '/prices?plan=1', '/blog#top'),
  referrer: fc.constantFrom(null, 'https://Search.example/?q=photos', 'nothing'),
  utm: fc.constantFrom<HistoryVisit['utm']>(
    [null, null, null],
    ['Letter', 'email', 'Spring'],
    [' Google ', null, 'Brand'],
  ),
})

const day = fc.record({
  owner,
  day: fc.integer({ min: -40, max: lastDay }),
  visitors: fc.nat({ max: 90 }),
  leads: fc.nat({ max: 4 }),
  sources: fc.constantFrom<Record<string, number>>({}, { direct: 3 }, { newsletter: 2, 'E-Mail': 4, seo: 1 }),
})

const step: fc.Arbitrary<HistoryStep> = fc.record({
  deliver: fc.array(fc.nat({ max: 999 }), { maxLength: 12 }),
  advanceHours: fc.oneof(fc.integer({ min: 0, max: 48 }), fc.integer({ min: 0, max: 35 * 24 })),
  action: fc.constantFrom(...actions),
  breakAfter: fc.integer({ min: 1, max: 9 }),
  deleteLead: fc.option(fc.nat({ max: 9 }), { freq: 3 }),
  refusal: fc.option(fc.constantFrom('invalid_signature', 'rate_limited', 'of_the_host'), { freq: 2 }),
})

export const sortKeys = [
  'tenantId',
  'tenantCreatedAt',
  'firstApiKeyAt',
  'firstScanAt',
  'timeToFirstScanMs',
  'scansCompleted',
  'scansFailed',
  'scanSuccessRate',
  'mediaProcessed',
  'identitiesDetected',
  'avgScanDurationMs',
  'clustersCreated',
  'suggestionsGenerated',
  'suggestionsResolved',
  'lastActiveDay',
]

const oncePer = <Value>(values: readonly Value[], keyOf: (value: Value) => string): Value[] => [
  ...new Map(values.map((value) => [keyOf(value), value])).values(),
]

/** Twenty-five mature tenants of one channel and as many of another, so that rates have an interval and channels a verdict. */
const crowdOf = (owner: number): Pick<History, 'events' | 'leads'> => {
  const leads: HistoryLead[] = []
  const events: HistoryEvent[] = []
  for (let index = 0; index < 56; index += 1) {
    const tenant = `crowd-${index}`
    const email = index % 7 === 6 ? null : `crowd-${index}@example.com`
    const createdAtMs = startMs - (30 - (index % 23)) * dayMs + index * 1_234_567
    const amounts = { mediaCount: index, identitiesDetected: 3, durationMs: 900 + index, count: 1 }
    const add = (type: string, afterMs: number) =>
      events.push({ id: 0, owner, type, tenant, atMs: createdAtMs + afterMs, amounts, email })
    add('tenant.created', 0)
    if (index % 3 > 0) add('apikey.created', (index % 16) * dayMs + hourMs)
    if (index % 4 > 0) add('scan.completed', (index % 9) * dayMs)
    if (index % 8 > (index % 2 === 0 ? 1 : 4)) add('scan.completed', ((index % 5) + 9) * dayMs + hourMs)
    if (email === null) continue
    leads.push({
      owner,
      email,
      stated: index % 2 === 0 ? 'Newsletter ' : 'Podcast',
      capturedAtMs: createdAtMs - dayMs,
      visitor: null,
    })
  }
  return { leads, events }
}

/** More in one day than the rollup's columns hold. */
const heavyDay = (): HistoryEvent[] =>
  Array.from({ length: 25 }, (_, index) => ({
    id: 0,
    owner: 0,
    type: 'scan.completed',
    tenant: 'a',
    atMs: startMs - 3 * dayMs + index,
    amounts: { mediaCount: 1, identitiesDetected: 100_000_000, durationMs: 2_147_483_647, count: 0 },
    email: null,
  }))

/** @param size - how much happens, at least. */
export const historiesOf = (size: { events: number; steps: number; visits: number }): fc.Arbitrary<History> =>
  fc
    .record({
      hasCustomers: fc.boolean(),
      events: fc.array(event, { minLength: size.events, maxLength: 60 }),
      leads: fc.array(lead, { maxLength: 6 }),
      visits: fc.array(visit, { minLength: size.visits, maxLength: 16 }),
      days: fc.array(day, { maxLength: 20 }),
      steps: fc.array(step, { minLength: size.steps, maxLength: 9 }),
      isRolledUpAtLast: fc.boolean(),
      hasCrowd: fc.boolean(),
      hasHeavyDay: fc.boolean(),
      questions: fc.record({
        from: fc.nat({ max: 99 }),
        to: fc.nat({ max: 99 }),
        horizonDays: fc.constantFrom(7 as const, 14 as const, 30 as const),
        sort: fc.constantFrom(...sortKeys),
        order: fc.constantFrom('asc' as const, 'desc' as const),
        search: fc.constantFrom('', '', 'B', '%'),
      }),
    })
    .map(({ hasCrowd, hasHeavyDay, ...history }) => {
      const crowd = hasCrowd ? crowdOf(0) : { events: [], leads: [] }
      const ownerOf = <Value extends { owner: number }>(value: Value): Value =>
        history.hasCustomers ? value : { ...value, owner: 0 }
      const events = [...history.events, ...crowd.events, ...(hasHeavyDay ? heavyDay() : [])]
      return {
        ...history,
        events: events.map((one, index) => ({ ...ownerOf(one), id: index + 1 })),
        leads: oncePer([...history.leads, ...crowd.leads].map(ownerOf), (one) => `${one.owner} ${one.email}`),
        // No two at the same moment: which of them was the first, nobody knows.
        visits: oncePer(history.visits.map(ownerOf), ({ atMs: at }) => String(at)),
        days: oncePer(history.days.map(ownerOf), (one) => `${one.owner} ${one.day}`),
      }
    })
