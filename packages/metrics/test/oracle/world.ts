import { dayMs, type History, type HistoryEvent, type HistoryLead, type HistoryVisit } from './history.ts'

export const isoOf = (ms: number): string => new Date(ms).toISOString()
export const dayOf = (ms: number): string => isoOf(ms).slice(0, 10)
export const addDays = (day: string, days: number): string => dayOf(Date.parse(day) + days * dayMs)
export const daysApart = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / dayMs

export const isBefore = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0)

export const usageTypes = [
  'scan.completed',
  'scan.failed',
  'cluster.created',
  'suggestion.generated',
  'suggestion.resolved',
]

export const milestoneTypes = ['tenant.created', 'apikey.created', 'scan.completed']

/** Senders retry for 60 days: no plausible event occurred longer than that before the first event was received. */
const retryHorizonMs = 60 * dayMs
const rawRetentionMs = 90 * dayMs
/** A visit may be reported after the lead that it led to. */
const patienceMs = 600_000

export interface Received extends HistoryEvent {
  receivedAtMs: number
  isRaw: boolean
}

export interface Touch {
  channel: string
  source: string
  medium: string
  campaign: string
  landing_path: string
  referrerHost: string | null
  touchedAtMs: number | null
}

/** Where a lead came from, kept whatever becomes of the lead. */
export interface Capture {
  owner: number
  day: string
  first: Touch
  last: Touch
}

export interface KnownLead extends HistoryLead {
  isDeleted: boolean
  capture: Capture | null
}

export interface Sums {
  scansCompleted: number
  scansFailed: number
  mediaProcessed: number
  identitiesDetected: number
  clustersCreated: number
  suggestionsGenerated: number
  suggestionsResolved: number
  durationSumMs: number
  durationCount: number
}

export interface Cell {
  owner: number
  tenant: string
  day: string
  sums: Sums
}

export interface Restated {
  owner: number
  day: string
  cause: string
  before: Sums
  after: Sums
  atMs: number
}

export interface JobRun {
  startedAtMs: number
  details: Record<string, unknown>
}

interface Attribution {
  lead: KnownLead
  channel: string
  atMs: number
  id: number
}

/** Everything that has happened, by the definitions of docs/numbers.md: lists of distinct things, and no database. */
export interface World {
  nowMs: number
  history: History
  /** Distinct, in the order of receipt. */
  received: Received[]
  duplicates: { owner: number; type: string; atMs: number }[]
  dirty: { owner: number; tenant: string; day: string; atMs: number }[]
  /** What was rolled up, by owner, tenant and day. */
  cells: Map<string, Cell>
  leads: KnownLead[]
  visits: HistoryVisit[]
  captures: Capture[]
  /** By owner and tenant. */
  attributions: Map<string, Attribution>
  linked: Map<string, Capture>
  /** Visitors that were counted, by owner and day, each by its first touch of the day. */
  visitors: Map<string, Touch[]>
  restatements: Restated[]
  refusals: { id: string; owner: number; reason: string; atMs: number; isKept: boolean }[]
  runs: Partial<Record<'rollup' | 'backfill' | 'discrepancy' | 'purge', JobRun>>
  /** Owners whose first event a job has noted: from then on it is known which clocks are far in the past. */
  noted: Set<number>
}

export const createWorld = (history: History, nowMs: number): World => ({
  nowMs,
  history,
  received: [],
  duplicates: [],
  dirty: [],
  cells: new Map(),
  leads: [],
  visits: [],
  captures: [],
  attributions: new Map(),
  linked: new Map(),
  visitors: new Map(),
  restatements: [],
  refusals: [],
  runs: {},
  noted: new Set(),
})

export const ownersOf = ({ history }: World): number[] => (history.hasCustomers ? [0, 1] : [0])
export const keyOf = (owner: number, tenant: string): string => `${owner} ${tenant}`

/** One delivery to one owner. */
export const receive = (world: World, owner: number, events: readonly HistoryEvent[]): void => {
  const { nowMs } = world
  const days = new Map<string, World['dirty'][number]>()
  for (const event of events) {
    if (world.received.some(({ id }) => id === event.id)) {
      world.duplicates.push({ owner, type: event.type, atMs: nowMs })
      continue
    }
    world.received.push({ ...event, receivedAtMs: nowMs, isRaw: true })
    if (event.type === 'tenant.created') attribute(world, event)
    if (!usageTypes.includes(event.type)) continue
    const day = dayOf(event.atMs)
    days.set(`${event.tenant} ${day}`, { owner, tenant: event.tenant, day, atMs: nowMs })
  }
  world.dirty.push(...days.values())
}

/** The earliest `tenant.created` that names a known lead decides, and of two at the same moment the one with the smaller id. */
const attribute = (world: World, { owner, tenant, email, atMs, id }: HistoryEvent): void => {
  const lead = world.leads.find((known) => known.owner === owner && known.email === email && !known.isDeleted)
  if (lead === undefined) return
  const known = world.attributions.get(keyOf(owner, tenant))
  if (known !== undefined && (known.atMs < atMs || (known.atMs === atMs && known.id < id))) return
  world.attributions.set(keyOf(owner, tenant), { lead, channel: channelNow(world, lead), atMs, id })
}

/** What the form said, else where the lead's visitor first came from. */
export const channelNow = (world: World, { owner, stated, visitor }: HistoryLead): string => {
  const [first] = visitsOf(world, owner, visitor)
  return channelNamed(stated ?? first?.source ?? 'unknown')
}

/** The host's names for channels, and those of the reports. */
const channels: Record<string, string> = {
  'Newsletter ': 'email',
  newsletter: 'email',
  'E-Mail': 'email',
  seo: 'organic_search',
  'google ads': 'paid_search',
  Podcast: 'podcast',
}
export const channelNamed = (name: string): string => channels[name] ?? name

const visitsOf = ({ visits }: World, owner: number, visitor: string | null): HistoryVisit[] =>
  visits
    .filter((visit) => visit.owner === owner && visit.visitor === visitor)
    .sort((left, right) => left.atMs - right.atMs)

const landingPaths: Record<string, string> = { '/prices?plan=1': '/prices', '/blog#top': '/blog' }
const hosts: Record<string, string> = { 'https://Search.example/?q=photos': 'search.example' }

const touchOf = ({ atMs, source, landingPath, referrer, utm }: HistoryVisit): Touch => {
  const referrerHost = hosts[referrer ?? ''] ?? null
  return {
    channel: channelNamed(source),
    source: utm[0]?.trim().toLowerCase() ?? referrerHost ?? 'direct',
    medium: utm[1] ?? (referrerHost === null ? 'none' : 'referral'),
    campaign: utm[2]?.toLowerCase() ?? 'none',
    landing_path: landingPaths[landingPath] ?? landingPath,
    referrerHost,
    touchedAtMs: atMs,
  }
}

const noTouch: Touch = {
  channel: 'unknown',
  source: 'unknown',
  medium: 'unknown',
  campaign: 'none',
  landing_path: 'unknown',
  referrerHost: null,
  touchedAtMs: null,
}

/** The worker's copy of touches and visitors. */
export const copy = (world: World): void => {
  const owners = new Set([...world.attributions.keys(), ...tenantKeys(world)].map((key) => Number(key[0])))
  for (const lead of world.leads) {
    if (lead.isDeleted || lead.capture !== null || (world.history.hasCustomers && !owners.has(lead.owner)))
      continue
    captureLead(world, lead)
  }
  for (const [key, { lead }] of world.attributions) {
    if (!lead.isDeleted && lead.capture !== null) world.linked.set(key, lead.capture)
  }
  for (const owner of world.history.hasCustomers ? owners : [0]) countVisitors(world, owner)
}

/** Tenants with a milestone or with usage that was counted: their customers are known to the jobs. */
const tenantKeys = ({ received, cells }: World): string[] =>
  [...received.filter(({ type }) => milestoneTypes.includes(type)), ...cells.values()].map(
    ({ owner, tenant }) => keyOf(owner, tenant),
  )

const captureLead = (world: World, lead: KnownLead): void => {
  const { owner, visitor, capturedAtMs, stated } = lead
  const visits = visitsOf(world, owner, visitor)
  if (visits.length === 0 && capturedAtMs > world.nowMs - patienceMs) return
  const before = visits.filter(({ atMs }) => atMs <= capturedAtMs)
  const first = before[0] ?? visits[0]
  const last = before.at(-1) ?? visits[0]
  const firstTouch = {
    ...(first === undefined ? noTouch : touchOf(first)),
    ...(stated !== null && { channel: channelNamed(stated) }),
  }
  const isOneVisit = last === undefined || last === first
  const capture = {
    owner,
    day: dayOf(capturedAtMs),
    first: firstTouch,
    last: isOneVisit ? firstTouch : touchOf(last),
  }
  lead.capture = capture
  world.captures.push(capture)
}

/** Each visitor once a day, under the first visit of the day; days of which the host has purged a part are not counted again. */
const countVisitors = (world: World, owner: number): void => {
  for (let age = 0; age < 90; age += 1) {
    const day = addDays(dayOf(world.nowMs), -age)
    const ofDay = world.visits.filter((visit) => visit.owner === owner && dayOf(visit.atMs) === day)
    const firsts = new Map<string, HistoryVisit>()
    for (const visit of ofDay.sort((left, right) => right.atMs - left.atMs)) firsts.set(visit.visitor, visit)
    if (firsts.size > 0) world.visitors.set(keyOf(owner, day), [...firsts.values()].map(touchOf))
  }
}

/** When the owner's first event was received. */
export const firstReceivedMs = ({ received }: World, owner: number): number | null => {
  const first = received.find((event) => event.owner === owner)
  return first?.receivedAtMs ?? null
}

export const plausibleSinceMs = (world: World, owner: number): number =>
  (firstReceivedMs(world, owner) ?? 0) - retryHorizonMs

/** When an event occurred; one with a clock too far in the past, when it was received. */
const occurredMs = (world: World, { owner, atMs, receivedAtMs }: Received): number =>
  world.noted.has(owner) && atMs < plausibleSinceMs(world, owner) ? receivedAtMs : atMs

/** The earliest event of a type, ever. */
export const milestoneMs = (world: World, owner: number, tenant: string, type: string): number | null => {
  const own = world.received.filter(
    (event) => event.owner === owner && event.tenant === tenant && event.type === type,
  )
  return own.length === 0 ? null : Math.min(...own.map((event) => occurredMs(world, event)))
}

export const noSums: Sums = {
  scansCompleted: 0,
  scansFailed: 0,
  mediaProcessed: 0,
  identitiesDetected: 0,
  clustersCreated: 0,
  suggestionsGenerated: 0,
  suggestionsResolved: 0,
  durationSumMs: 0,
  durationCount: 0,
}

export const sumUp = (all: readonly Sums[]): Sums => {
  const sums = { ...noSums }
  for (const one of all) for (const name of Object.keys(sums) as (keyof Sums)[]) sums[name] += one[name]
  return sums
}

const largestInt = 2_147_483_647

const sumsOfEvents = (events: readonly Received[]): Sums => {
  const sums = { ...noSums }
  for (const { type, amounts } of events) {
    if (type === 'scan.completed') {
      sums.scansCompleted += 1
      sums.mediaProcessed += amounts.mediaCount
      sums.identitiesDetected += amounts.identitiesDetected
      sums.durationSumMs += amounts.durationMs
      sums.durationCount += 1
    }
    if (type === 'scan.failed') sums.scansFailed += 1
    if (type === 'cluster.created') sums.clustersCreated += 1
    if (type === 'suggestion.generated') sums.suggestionsGenerated += amounts.count
    if (type === 'suggestion.resolved') sums.suggestionsResolved += 1
  }
  sums.mediaProcessed = Math.min(sums.mediaProcessed, largestInt)
  sums.identitiesDetected = Math.min(sums.identitiesDetected, largestInt)
  return sums
}

const totalsOf = ({ cells }: World): Map<string, Sums> => {
  const totals = new Map<string, Sums>()
  for (const { owner, day, sums } of cells.values()) {
    const key = keyOf(owner, day)
    totals.set(key, sumUp([totals.get(key) ?? noSums, sums]))
  }
  return totals
}

const isSame = (left: Sums, right: Sums): boolean => JSON.stringify(left) === JSON.stringify(right)

/** Counts what is waiting, and notes which days that were over have other numbers now. */
export const rollUp = (world: World, job: 'rollup' | 'backfill'): void => {
  const { nowMs, dirty, runs } = world
  const finished = [runs.rollup, runs.backfill].flatMap((run) => (run === undefined ? [] : [run.startedAtMs]))
  const closedBefore = finished.length === 0 ? '' : dayOf(Math.max(...finished))
  const totalsBefore = totalsOf(world)
  const cells = new Map(dirty.map((entry) => [`${entry.owner} ${entry.day} ${entry.tenant}`, entry]))
  let changed = 0
  for (const [key, { owner, tenant, day }] of cells) {
    const events = world.received.filter(
      (event) =>
        event.owner === owner &&
        event.tenant === tenant &&
        dayOf(event.atMs) === day &&
        usageTypes.includes(event.type),
    )
    const sums = sumsOfEvents(events)
    const known = world.cells.get(key)
    if (known === undefined || !isSame(known.sums, sums)) changed += 1
    world.cells.set(key, { owner, tenant, day, sums })
  }
  for (const [key, after] of totalsOf(world)) {
    const day = key.slice(2)
    const before = totalsBefore.get(key) ?? noSums
    if (day >= closedBefore || day >= dayOf(nowMs) || isSame(before, after)) continue
    const cause = job === 'rollup' ? 'late_events' : 'backfill'
    world.restatements.push({ owner: Number(key[0]), day, cause, before, after, atMs: nowMs })
  }
  const details = { entries: dirty.length, cells: cells.size, changed, removed: 0 }
  runs[job] = { startedAtMs: nowMs, details: job === 'rollup' ? details : { entries: dirty.length } }
  noteOwners(world)
  world.dirty = []
}

/** Raw events and refusals go after 90 days; no number changes. */
export const purge = (world: World): void => {
  const expired = world.received.filter(
    ({ isRaw, receivedAtMs }) => isRaw && receivedAtMs < world.nowMs - rawRetentionMs,
  )
  for (const event of expired) event.isRaw = false
  for (const refusal of world.refusals) refusal.isKept &&= refusal.atMs >= world.nowMs - rawRetentionMs
  world.runs.purge = { startedAtMs: world.nowMs, details: { events: expired.length } }
  noteOwners(world)
}

/** Every customer that a job finds: one with a known tenant, and one whose events are yet to be counted. */
const noteOwners = (world: World): void => {
  for (const key of tenantKeys(world)) world.noted.add(Number(key[0]))
  for (const { owner } of world.dirty) world.noted.add(owner)
}

/** The host purges its visits after 90 days. */
export const purgeVisits = (world: World): void => {
  world.visits = world.visits.filter(({ atMs }) => atMs >= world.nowMs - rawRetentionMs)
}
