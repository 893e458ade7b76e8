import { readFile } from 'node:fs/promises'
import type { Database } from '@altcontext/webhook-store'
import { migrationsDirectory } from '@altcontext/webhook-store'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { rollupDirty } from '../src/rollups/rollup-dirty.ts'
import { rollupServiceUsage } from '../src/rollups/rollup-service-usage.ts'
import { mutate } from './oracle/sql-mutants.ts'
import { ask, createTestBridge, eventId, type SentEvent, type TestBridge } from './test-bridge.ts'

const dayMs = 86_400_000
const start = Date.parse('2026-03-01T12:00:00Z')
const dayOf = (number: number) => new Date(start + number * dayMs).toISOString().slice(0, 10)

type Scan = readonly [tenant: string, day: number]

/** What the trend must say, from the days on which each tenant scanned. */
const modelTrend = (scans: readonly Scan[], days: readonly number[]) =>
  days.map((day) => {
    const activeWithin = (width: number) =>
      new Set(scans.filter(([, at]) => at <= day && at > day - width).map(([tenant]) => tenant)).size
    return [dayOf(day), activeWithin(1), activeWithin(7), activeWithin(30)]
  })

const readTrend = async (bridge: TestBridge, lastDay: number) => {
  const app = await bridge.serve({ now: () => start + lastDay * dayMs })
  const { trend } = await ask(app, `/v1/metrics/service-usage?from=${dayOf(-5)}&to=${dayOf(lastDay)}`)
  return trend.map((row: Record<string, unknown>) => [
    row.day,
    row.dailyActiveTenants,
    row.weeklyActiveTenants,
    row.monthlyActiveTenants,
  ])
}

// All of them within the retry horizon before the bridge's first event: an older event counts as one from a wrong clock.
const now = () => start + 70 * dayMs
const receivedAt = new Date(start + 55 * dayMs).toISOString()
const scan = fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.integer({ min: 0, max: 70 }))

/** How many tenants were active in each of the windows, and how many must have been. */
const compareWindows = async (
  bridge: TestBridge,
  scans: readonly Scan[],
  windows: readonly (readonly [first: number, length: number])[],
) => {
  const app = await bridge.serve({ now: () => start + 110 * dayMs })
  for (const [first, length] of windows) {
    const { funnel } = await ask(
      app,
      `/v1/metrics/service-usage?from=${dayOf(first)}&to=${dayOf(first + length)}`,
    )
    const active = new Set(
      scans.filter(([, at]) => at >= first && at <= first + length).map(([tenant]) => tenant),
    )
    expect([first, length, funnel.activeTenants]).toEqual([first, length, active.size])
  }
}

/** The database as servers from before the bits use it: they do not name their column. */
const ofBefore = (database: Database): Database =>
  mutate(database, { find: /,\s+active_days = EXCLUDED\.active_days/, replace: '' }).database

test('knows who was active on which days, in whatever order scans arrive or go, and whichever version rolls them up', async () => {
  await using bridge = await createTestBridge()
  await fc.assert(
    fc.asyncProperty(
      fc.array(scan, { minLength: 1, maxLength: 14 }),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 0, max: 40 }),
      fc.array(fc.tuple(fc.integer({ min: 0, max: 70 }), fc.nat(7)), { minLength: 4, maxLength: 4 }),
      fc.record({ roundOfBefore: fc.nat(5), gone: fc.nat(5) }),
      async (scans, rounds, idleDays, windows, { roundOfBefore, gone }) => {
        await bridge.sql(`TRUNCATE tenant_events, service_usage_rollups, service_usage_daily_totals,
          service_usage_dirty, service_usage_runs, tenant_milestones, tenant_activity, active_tenant_days`)
        const events = scans.map(([tenant, day], id): SentEvent => {
          return {
            id,
            type: 'scan.completed',
            tenant,
            at: new Date(start + day * dayMs).toISOString(),
            receivedAt,
          }
        })
        for (let round = 0; round < rounds; round += 1) {
          await bridge.send(events.filter(({ id }) => id % rounds === round))
          const { database } = bridge
          await rollupDirty(round === roundOfBefore ? ofBefore(database) : database, { now, maxCells: 2 })
        }
        await compareWindows(bridge, scans, windows)
        if (gone > 0) {
          await bridge.sql('DELETE FROM tenant_events WHERE id = ANY($1)', [
            events.slice(0, gone).map(({ id }) => eventId(id)),
          ])
          await rollupServiceUsage(bridge.database, { now })
        }
        const kept = scans.slice(gone)
        const days = Array.from({ length: 76 + idleDays }, (_, index) => index - 5)
        expect(await readTrend(bridge, 70 + idleDays)).toEqual(modelTrend(kept, days))
        await compareWindows(bridge, kept, windows)

        const readActivity = () => bridge.sql('SELECT * FROM tenant_activity ORDER BY tenant_id')
        const known = await readActivity()
        await bridge.sql(
          'DROP TABLE tenant_activity, active_tenant_days; DROP FUNCTION forget_tenant_active_days',
        )
        for (const name of ['20261125020000_tenant_activity', '20261129190000_tenant_active_days']) {
          await bridge.sql(await readFile(new URL(`${name}/migration.sql`, migrationsDirectory), 'utf8'))
        }
        const migrated = await readActivity()
        expect(known).toEqual(
          migrated.map((row, index) => ({
            ...row,
            active_days: known[index]?.active_days && row.active_days,
          })),
        )
        expect(await readTrend(bridge, 70 + idleDays)).toEqual(modelTrend(kept, days))
        await compareWindows(bridge, kept, windows)
      },
    ),
    {
      numRuns: 7,
      // An older server counts a day between two that are known; the newer one has one day more.
      examples: [
        [
          [
            ['a', 0],
            ['a', 10],
            ['a', 30],
            ['a', 20],
          ],
          3,
          0,
          [
            [10, 0],
            [1, 7],
            [30, 7],
            [20, 3],
          ],
          { roundOfBefore: 1, gone: 0 },
        ],
      ],
    },
  )
})

test.each(['0001-01-01', '1970-01-01', '1999-12-31'])(
  'a first scan whose clock says %s makes no day before the bridge worth a count',
  async (day) => {
    await using bridge = await createTestBridge()
    const scanAt = (id: number, at: string): SentEvent => ({
      id,
      type: 'scan.completed',
      tenant: `tenant-${id}`,
      at,
      receivedAt: `${dayOf(0)}T12:00:00.000Z`,
      payload: { mediaCount: 2, identitiesDetected: 3, durationMs: 100 },
    })
    await bridge.send([
      scanAt(1, `${day}T12:00:00.000Z`),
      scanAt(2, `${dayOf(-2)}T12:00:00.000Z`),
      scanAt(3, `${dayOf(0)}T12:00:00.000Z`),
    ])
    await rollupDirty(bridge.database, { now: () => start })
    const counted = await bridge.sql(
      'SELECT day::text, daily::int, weekly::int FROM active_tenant_days ORDER BY active_tenant_days.day',
    )
    expect(counted).toEqual([
      { day: dayOf(-2), daily: 1, weekly: 1 },
      { day: dayOf(-1), daily: 0, weekly: 1 },
      { day: dayOf(0), daily: 1, weekly: 2 },
    ])
  },
)
