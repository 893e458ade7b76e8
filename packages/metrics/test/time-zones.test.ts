import { fromPg } from '@altcontext/webhook-store'
import pg from 'pg'
import { afterEach, expect, test } from 'vitest'
import { purgeRetention } from '../src/retention/purge-retention.ts'
import { findDiscrepancies } from '../src/rollups/find-discrepancies.ts'
import { rollupDirty } from '../src/rollups/rollup-dirty.ts'
import { rollupServiceUsage } from '../src/rollups/rollup-service-usage.ts'
import { ask, createTestBridge, sendEvents } from './test-bridge.ts'
import { exampleBlock, exampleEvents, writeHost } from './worked-example.ts'

const usual = process.env.TZ

afterEach(() => {
  if (usual === undefined) delete process.env.TZ
  else process.env.TZ = usual
})

// Ahead of UTC, behind it, and with a quarter of an hour: midnight is on another day in each.
test.each(['Pacific/Kiritimati', 'America/St_Johns', 'Asia/Kathmandu'])(
  'returns the same in %s, for the process and the session',
  async (zone) => {
    process.env.TZ = zone
    expect(new Date('2026-02-01T00:00:00Z').getTimezoneOffset()).not.toBe(0)
    await using bridge = await createTestBridge()
    const pool = new pg.Pool({ connectionString: bridge.test.url, options: `-c TimeZone=${zone}` })
    try {
      const database = fromPg(pool)
      await writeHost(bridge, exampleBlock('host'))
      await sendEvents(database, exampleEvents())
      const now = () => Date.parse('2026-02-09T23:30:00Z')
      await rollupServiceUsage(database, { now })
      expect(await findDiscrepancies(database, { now })).toMatchObject({ compared: 6, cells: 0 })
      await sendEvents(database, exampleEvents())
      // Everything is in the archives, and the numbers are the same.
      await purgeRetention(database, { now: () => Date.parse('2026-06-01T00:00:00Z') })
      await rollupServiceUsage(database, { now })
      await rollupDirty(database, { now })

      const app = await bridge.serve({ database, now: () => Date.parse('2026-02-10T00:00:00Z') })
      const window = 'from=2026-02-07&to=2026-02-09'
      for (const [name, url] of [
        ['service-usage', `service-usage?${window}&compareTo=true`],
        ['channels', `channels?${window}`],
        ['tenants', `tenants?${window}&sort=tenantId&order=asc`],
      ] as const) {
        const { freshness: _now, ...response } = await ask(app, `/v1/metrics/${url}`)
        const { freshness: _then, ...expected } = exampleBlock<{ freshness: unknown }>(name)
        expect(response, name).toEqual(expected)
      }
    } finally {
      await pool.end()
    }
  },
)
