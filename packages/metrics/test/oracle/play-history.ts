import { type Database, inLeadScope } from '@altcontext/webhook-store'
import { purgeRetention } from '../../src/retention/purge-retention.ts'
import { findDiscrepancies } from '../../src/rollups/find-discrepancies.ts'
import { rollupDirty } from '../../src/rollups/rollup-dirty.ts'
import { rollupServiceUsage } from '../../src/rollups/rollup-service-usage.ts'
import { copyTouches } from '../../src/touches/copy-touches.ts'
import { countVisitors } from '../../src/touches/count-visitors.ts'
import { breakingAfter } from '../breaking-after.ts'
import { marketingPropertyId, type SentEvent, sendEvents, type TestBridge } from '../test-bridge.ts'
import { dayMs, type History, type HistoryEvent, type HistoryStep, hourMs, startMs } from './history.ts'
import {
  addDays,
  copy,
  createWorld,
  dayOf,
  isoOf,
  ownersOf,
  purge,
  purgeVisits,
  receive,
  rollUp,
  type World,
} from './world.ts'

const customers = ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222'] as const
const hostTables = [
  'leads',
  'lead_identities',
  'sessions',
  'events',
  'daily_metric_rollups',
  'ingest_rejections',
]

/** Makes the host's tables those of a host with customers; without customers the column stays empty. */
export const prepareHost = async ({ sql }: TestBridge): Promise<void> => {
  for (const table of hostTables) await sql(`ALTER TABLE ${table} ADD COLUMN tenant_id uuid`)
  await sql('DROP INDEX leads_email_normalized_key, daily_metric_rollups_property_day_key')
}

export const emptyDatabase = async ({ sql }: TestBridge): Promise<void> => {
  await sql(`TRUNCATE ${hostTables.join(', ')}, visitors, tenant_events, service_usage_rollups, service_usage_daily_totals,
    service_usage_archives, service_usage_dirty, tenant_milestones, tenant_event_duplicates, received_hours, service_usage_runs,
    tenant_activity, active_tenant_days, restatements, lead_captures, lead_touches, tenant_captures, daily_visitors`)
}

/** The database as one owner of the history sees it. */
export const databaseOf = (database: Database, { hasCustomers }: History, owner: number): Database =>
  hasCustomers ? inLeadScope(database, { tenantId: customers[owner] as string }) : database

const idOf = (owner: number, name: string): string => `${name} of ${owner}`

/**
 * Plays a history against a database and, step by step, against the world of the oracle.
 *
 * @param database - the bridge's own, or one that changes its statements.
 */
export const playHistory = async (
  bridge: TestBridge,
  history: History,
  database: Database = bridge.database,
): Promise<World> => {
  const world = createWorld(history, startMs)
  const player: Player = { bridge, database, world, now: () => world.nowMs }
  await writeDays(player)
  await writeHost(player, Number.NEGATIVE_INFINITY)
  await deliver(
    player,
    history.events.slice(0, 1).filter(({ atMs }) => atMs <= world.nowMs),
  )
  for (const step of history.steps) await playStep(player, step)
  // The events that no step delivered, once the last of them has occurred.
  await passTime(player, Math.max(0, ...history.events.map(({ atMs }) => atMs - world.nowMs)))
  await deliver(
    player,
    history.events.filter(({ id }) => !world.received.some((known) => known.id === id)),
  )
  if (history.isRolledUpAtLast) {
    await runRollup(player)
    await copyAll(player)
  }
  return world
}

interface Player {
  bridge: TestBridge
  database: Database
  world: World
  now: () => number
}

const playStep = async (player: Player, step: HistoryStep): Promise<void> => {
  const { world } = player
  const { events } = world.history
  await deliver(
    player,
    step.deliver.map((position) => events[position % events.length] as HistoryEvent),
  )
  if (step.refusal !== null) await refuse(player, step.refusal)
  await passTime(player, step.advanceHours * hourMs)
  await act(player, step)
  if (step.deleteLead !== null) await deleteLead(player, step.deleteLead)
}

const act = async (player: Player, { action, breakAfter }: HistoryStep): Promise<void> => {
  const { database, now, world, bridge } = player
  if (action === 'rollup') await runRollup(player)
  if (action === 'break off') {
    // One transaction: all of it has happened, or nothing.
    const isDone = await rollupDirty(breakingAfter(database, breakAfter), { now }).then(
      () => true,
      () => false,
    )
    if (isDone) rollUp(world, 'rollup')
  }
  if (action === 'two workers') {
    await Promise.all([rollupDirty(database, { now }), rollupDirty(database, { now })])
    rollUp(world, 'rollup')
    // Which of the two did the work is remembered of neither after a third.
    await runRollup(player)
  }
  if (action === 'backfill') {
    await rollupServiceUsage(database, { now, chunkDays: 40 })
    rollUp(world, 'backfill')
  }
  if (action === 'purge') {
    await purgeRetention(database, { now, chunkEvents: 7 })
    purge(world)
  }
  if (action === 'compare') {
    await findDiscrepancies(database, { now })
    world.runs.discrepancy = { startedAtMs: world.nowMs, details: { cells: 0, days: 0 } }
  }
  if (action === 'copy') await copyAll(player)
  if (action === 'purge visits') {
    await bridge.sql('DELETE FROM sessions WHERE started_at < $1::timestamp', [
      isoOf(world.nowMs - 90 * dayMs),
    ])
    purgeVisits(world)
  }
}

const runRollup = async ({ database, now, world }: Player): Promise<void> => {
  await rollupDirty(database, { now })
  rollUp(world, 'rollup')
}

/** As the worker does it, for every customer that it knows. */
const copyAll = async ({ database, now, world }: Player): Promise<void> => {
  const known = await database.query<{ owner: string }>(
    'SELECT DISTINCT owner_id AS owner FROM tenant_milestones',
  )
  for (const owner of ownersOf(world)) {
    const isKnown = !world.history.hasCustomers || known.some((row) => row.owner === customers[owner])
    const one = databaseOf(database, world.history, owner)
    if (!isKnown) continue
    await copyTouches(one, { now, chunkLeads: 3 })
    await countVisitors(one, { now, marketingPropertyId })
  }
  copy(world)
}

const sentOf = (
  { id, type, tenant, atMs, amounts, email }: HistoryEvent,
  receivedAtMs: number,
): SentEvent => ({
  id,
  type,
  tenant,
  at: isoOf(atMs),
  receivedAt: isoOf(receivedAtMs),
  payload: {
    ...amounts,
    ...(type === 'tenant.created' && { email: email === null ? null : ` ${email.toUpperCase()}` }),
  },
})

/** Only what has occurred, and nothing again after the retry horizon: nothing is promised to a sender then. */
const deliver = async ({ database, world }: Player, chosen: readonly HistoryEvent[]): Promise<void> => {
  const { nowMs, history } = world
  const firstReceipt = new Map(world.received.map(({ id, receivedAtMs }) => [id, receivedAtMs]))
  const events = chosen.filter(
    ({ id, atMs }) => atMs <= nowMs && nowMs - (firstReceipt.get(id) ?? nowMs) <= 60 * dayMs,
  )
  for (const owner of ownersOf(world)) {
    const own = events.filter((event) => event.owner === owner)
    if (own.length === 0) continue
    await sendEvents(
      databaseOf(database, history, owner),
      own.map((event) => sentOf(event, nowMs)),
    )
    receive(world, owner, own)
  }
}

/** The clock advances, and the host writes what happens in the meantime. */
const passTime = async (player: Player, ms: number): Promise<void> => {
  const since = player.world.nowMs
  player.world.nowMs += ms
  await writeHost(player, since)
}

const writeHost = async (player: Player, sinceMs: number): Promise<void> => {
  const { leads, visits } = player.world.history
  const isNew = (atMs: number) => atMs > sinceMs && atMs <= player.world.nowMs
  for (const visit of visits.filter(({ atMs }) => isNew(atMs))) await writeVisit(player, visit)
  for (const lead of leads.filter(({ capturedAtMs }) => isNew(capturedAtMs))) await writeLead(player, lead)
}

const customerOf = ({ world }: Player, owner: number): string | null =>
  world.history.hasCustomers ? (customers[owner] as string) : null

const writeVisitor = ({ bridge }: Player, id: string) =>
  bridge.sql('INSERT INTO visitors (id, anon_id) VALUES ($1::text, $1::text) ON CONFLICT DO NOTHING', [id])

const writeVisit = async (player: Player, visit: History['visits'][number]): Promise<void> => {
  const { bridge, world } = player
  const { owner, atMs, source, landingPath, referrer, utm } = visit
  const [id, visitor] = [`visit ${atMs}`, idOf(owner, visit.visitor)]
  await writeVisitor(player, visitor)
  await bridge.sql(
    `INSERT INTO sessions (id, visitor_id, started_at, last_activity_at, landing_path, utm_source, utm_medium, utm_campaign,
       referrer, tenant_id)
     VALUES ($1, $2, $3::timestamp, $3::timestamp, $4, $5, $6, $7, $8, $9)`,
    [id, visitor, isoOf(atMs), landingPath, ...utm, referrer, customerOf(player, owner)],
  )
  await bridge.sql(
    `INSERT INTO events (id, visitor_id, session_id, event_type, path, timestamp, property_id, traffic_source, is_entrance, tenant_id)
     VALUES ($1::text, $2, $1::text, 'page_view', $3, $4::timestamp, $5, $6::traffic_source, true, $7)`,
    [id, visitor, landingPath, isoOf(atMs), marketingPropertyId, source, customerOf(player, owner)],
  )
  world.visits.push(visit)
}

const writeLead = async (player: Player, lead: History['leads'][number]): Promise<void> => {
  const { bridge, world } = player
  const { owner, email, stated, capturedAtMs } = lead
  const id = idOf(owner, email)
  await bridge.sql(
    `INSERT INTO leads (id, email_normalized, source_channel, first_captured_at, last_captured_at, tenant_id)
     VALUES ($1, $2, $3, $4::timestamp, $4::timestamp, $5)`,
    [id, email, stated, isoOf(capturedAtMs), customerOf(player, owner)],
  )
  if (lead.visitor !== null) {
    const visitor = idOf(owner, lead.visitor)
    await writeVisitor(player, visitor)
    await bridge.sql(
      `INSERT INTO lead_identities (id, lead_id, visitor_id, link_source, confidence, tenant_id)
       VALUES ($1::text, $1::text, $2, 'form_submit', 1, $3)`,
      [id, visitor, customerOf(player, owner)],
    )
  }
  world.leads.push({ ...lead, isDeleted: false, capture: null })
}

const deleteLead = async ({ bridge, world }: Player, position: number): Promise<void> => {
  const lead = world.leads[position % Math.max(1, world.leads.length)]
  if (lead === undefined || lead.isDeleted) return
  await bridge.sql('DELETE FROM leads WHERE id = $1', [idOf(lead.owner, lead.email)])
  lead.isDeleted = true
}

const refuse = async (player: Player, reason: string): Promise<void> => {
  const { bridge, world } = player
  for (const owner of ownersOf(world)) {
    const id = `refusal-${world.refusals.length}`
    await bridge.sql(
      `INSERT INTO ingest_rejections (id, property_id, endpoint, reason, status_code, occurred_at, tenant_id)
       VALUES ($1, 'description-service', '/v1/webhooks', $2, 401, $3::timestamp, $4)`,
      [id, reason, isoOf(world.nowMs), customerOf(player, owner)],
    )
    world.refusals.push({ id, owner, reason, atMs: world.nowMs, isKept: true })
  }
}

const writeDays = async (player: Player): Promise<void> => {
  const { bridge, world } = player
  const write = (property: string, { owner, day, visitors, leads, sources }: History['days'][number]) =>
    bridge.sql(
      `INSERT INTO daily_metric_rollups (id, property_id, day, unique_visitors, new_leads, traffic_source_breakdown, tenant_id)
       VALUES (gen_random_uuid()::text, $1, $2, $3, $4, $5, $6)`,
      [
        property,
        addDays(dayOf(startMs), day),
        visitors,
        leads,
        JSON.stringify(sources),
        customerOf(player, owner),
      ],
    )
  for (const one of world.history.days) await write(marketingPropertyId, one)
  // From another site of the host, which no request names.
  await write('another-site', { owner: 0, day: 0, visitors: 1000, leads: 1000, sources: { direct: 1000 } })
}
