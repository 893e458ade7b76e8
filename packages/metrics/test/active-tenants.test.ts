import { readFile } from 'node:fs/promises'
import { migrationsDirectory } from '@altcontext/webhook-store'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { rollupDirty } from '../src/rollups/rollup-dirty.ts'
import { ask, createTestBridge, type SentEvent, type TestBridge } from './test-bridge.ts'

const dayMs = 86_400_000
const start = Date.parse('2026-03-01T12:00:00Z')
const dayOf = (number: number) => new Date(start + number * dayMs).toISOString().slice(0, 10)

/** What the trend must say, from the days on which each tenant scanned. */
const modelTrend = (scans: readonly [tenant: string, day: number][], days: readonly number[]) =>
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

// All of them within the horizon of retries before the bridge's first event, beyond which an event is taken for a wrong clock's.
const receivedAt = new Date(start + 55 * dayMs).toISOString()
const scan = fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.integer({ min: 0, max: 70 }))

test('counts daily, weekly and monthly active tenants of every day, in whatever order scans arrive', async () => {
  await using bridge = await createTestBridge()
  await fc.assert(
    fc.asyncProperty(
      fc.array(scan, { minLength: 1, maxLength: 14 }),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 0, max: 40 }),
      async (scans, rounds, idleDays) => {
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
          await rollupDirty(bridge.database, { now: () => start + 70 * dayMs, maxCells: 2 })
        }
        const days = Array.from({ length: 76 + idleDays }, (_, index) => index - 5)
        expect(await readTrend(bridge, 70 + idleDays)).toEqual(modelTrend(scans, days))

        const kept = await bridge.sql('SELECT * FROM tenant_activity ORDER BY tenant_id')
        await bridge.sql('DROP TABLE tenant_activity, active_tenant_days')
        const migration = new URL('20261125020000_tenant_activity/migration.sql', migrationsDirectory)
        await bridge.sql(await readFile(migration, 'utf8'))
        expect(await bridge.sql('SELECT * FROM tenant_activity ORDER BY tenant_id')).toEqual(kept)
        expect(await readTrend(bridge, 70 + idleDays)).toEqual(modelTrend(scans, days))
      },
    ),
    { numRuns: 6 },
  )
})
