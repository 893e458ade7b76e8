import fc from 'fast-check'
import { expect, test } from 'vitest'
import { purgeRetention } from '../src/retention/purge-retention.ts'
import { findDiscrepancies } from '../src/rollups/find-discrepancies.ts'
import { rollupDirty } from '../src/rollups/rollup-dirty.ts'
import { rollupServiceUsage } from '../src/rollups/rollup-service-usage.ts'
import { breakingAfter } from './breaking-after.ts'
import { ask, createTestBridge, type SentEvent, type TestBridge } from './test-bridge.ts'
import {
  modelEvents,
  modelMilestones,
  modelRollups,
  storedEvents,
  storedMilestones,
  storedRollups,
} from './usage-model.ts'

// `npm run fuzz` makes it more.
const fuzzFactor = Number(process.env.FUZZ_FACTOR ?? 1)

const dayMs = 86_400_000
const start = Date.parse('2026-03-01T00:00:00Z')
const retryHorizonDays = 60

const count = fc.integer({ min: 0, max: 50 })
const eventShape = fc.record({
  type: fc.constantFrom(
    'tenant.created',
    'apikey.created',
    'scan.completed',
    'scan.completed',
    'scan.failed',
    'cluster.created',
    'suggestion.generated',
    'suggestion.resolved',
  ),
  tenant: fc.constantFrom('a', 'b', 'c'),
  // Close to midnight as often as not: that is where days go wrong.
  atMs: fc.oneof(
    fc.integer({ min: -40 * dayMs, max: 0 }),
    fc.integer({ min: -40, max: 0 }).map((day) => day * dayMs),
    fc.integer({ min: -40, max: 0 }).map((day) => day * dayMs - 1),
  ),
  payload: fc.record({ mediaCount: count, identitiesDetected: count, durationMs: count, count }),
})

const step = fc.record({
  // Which events are delivered, by position; some more than once.
  deliver: fc.array(fc.nat(), { maxLength: 12 }),
  advanceDays: fc.integer({ min: 0, max: 35 }),
  action: fc.constantFrom('nothing', 'rollup', 'break off', 'purge', 'backfill', 'two workers'),
  breakAfter: fc.integer({ min: 1, max: 4 }),
})

test('gives the same numbers for any order, repetition, delay, purge and interruption', {
  tags: ['fuzz'],
  timeout: 180_000 * fuzzFactor,
}, async () => {
  await using shuffled = await createTestBridge()
  await using plain = await createTestBridge()

  await fc.assert(
    fc.asyncProperty(
      fc.array(eventShape, { minLength: 1, maxLength: 25 }),
      fc.array(step, { minLength: 1, maxLength: 6 }),
      async (shapes, steps) => {
        await empty(shuffled)
        await empty(plain)
        const events: SentEvent[] = shapes.map(({ atMs, ...shape }, index) => ({
          ...shape,
          id: index,
          at: new Date(start + atMs).toISOString(),
        }))

        const endMs = await play(shuffled, events, steps)
        const now = () => endMs
        const receivedAt = new Date(start + dayMs).toISOString()
        await plain.send(events.map((event) => ({ ...event, receivedAt })))
        await rollupDirty(plain.database, { now })

        expect(await storedRollups(shuffled)).toEqual(modelRollups(events))
        expect(await storedRollups(plain)).toEqual(modelRollups(events))
        expect(await storedEvents(shuffled)).toEqual(modelEvents(events))
        expect(await storedMilestones(shuffled)).toEqual(modelMilestones(events))
        expect(await findDiscrepancies(shuffled.database, { now })).toMatchObject({
          cells: 0,
          days: 0,
          pending: 0,
        })
        expect(await readResponses(shuffled, endMs)).toEqual(await readResponses(plain, endMs))
      },
    ),
    { numRuns: 3 * fuzzFactor },
  )
})

const empty = ({ sql }: TestBridge) =>
  sql(`TRUNCATE tenant_events, service_usage_rollups, service_usage_daily_totals, service_usage_archives,
    service_usage_dirty, tenant_milestones, tenant_event_duplicates, service_usage_runs, tenant_activity,
    active_tenant_days, restatements`)

type Step = (typeof step extends fc.Arbitrary<infer T> ? T : never) & object

/** Delivers the events as the steps say, and in the end those that no step delivered; returns the clock. */
const play = async (
  bridge: TestBridge,
  events: readonly SentEvent[],
  steps: readonly Step[],
): Promise<number> => {
  const { database } = bridge
  const firstReceipt = new Map<number, number>()
  let nowMs = start + dayMs
  const now = () => nowMs
  const deliver = (chosen: readonly SentEvent[]) => {
    // Nothing is promised to a sender that repeats an event after the retry horizon.
    const repeatable = chosen.filter(
      ({ id }) => nowMs - (firstReceipt.get(id) ?? nowMs) <= retryHorizonDays * dayMs,
    )
    for (const { id } of repeatable) firstReceipt.set(id, firstReceipt.get(id) ?? nowMs)
    const receivedAt = new Date(nowMs).toISOString()
    return bridge.send(repeatable.map((event) => ({ ...event, receivedAt })))
  }

  // The bridge's first day decides which clocks are plausible: it is the same in every history.
  await deliver(events.slice(0, 1))
  for (const { deliver: positions, advanceDays, action, breakAfter } of steps) {
    await deliver(positions.map((position) => events[position % events.length] as SentEvent))
    nowMs += advanceDays * dayMs
    if (action === 'rollup') await rollupDirty(database, { now, maxCells: 2 })
    if (action === 'break off') {
      await rollupDirty(breakingAfter(database, breakAfter), { now }).catch(() => {})
    }
    if (action === 'purge') await purgeRetention(database, { now, chunkEvents: 3 })
    if (action === 'backfill') await rollupServiceUsage(database, { now, chunkDays: 9 })
    if (action === 'two workers') {
      await Promise.all([
        rollupDirty(database, { now, maxCells: 1 }),
        rollupDirty(database, { now }),
        purgeRetention(database, { now, chunkEvents: 5 }),
      ])
    }
  }
  await deliver(events.filter(({ id }) => !firstReceipt.has(id)))
  await rollupDirty(database, { now, maxCells: 3 })
  return nowMs
}

const readResponses = async (bridge: TestBridge, nowMs: number) => {
  const app = await bridge.serve({ now: () => nowMs })
  const window = 'from=2026-01-15&to=2026-03-10'
  const responses = []
  for (const route of [
    `service-usage?${window}`,
    'service-usage?from=2026-02-15&to=2026-03-01&compareTo=on',
    `channels?${window}`,
    `tenants?${window}&sort=tenantId`,
  ]) {
    const { freshness, ...response } = await ask(app, `/v1/metrics/${route}`)
    expect(freshness.backlog).toBe(0)
    expect(JSON.stringify(response)).not.toContain('NaN')
    responses.push(response)
  }
  await app.close()
  return responses
}
