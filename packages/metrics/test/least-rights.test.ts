import { randomBytes, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import {
  checkDatabase,
  compareRanges,
  countIngestRejections,
  createSignOuts,
  fromPg,
  recordHeartbeat,
  recordProof,
  takeFromRateWindow,
} from '@altcontext/webhook-store'
import pg from 'pg'
import { expect, test } from 'vitest'
import { purgeRetention } from '../src/retention/purge-retention.ts'
import { findDiscrepancies } from '../src/rollups/find-discrepancies.ts'
import { rollupDirty } from '../src/rollups/rollup-dirty.ts'
import { rollupServiceUsage } from '../src/rollups/rollup-service-usage.ts'
import { ask, createTestBridge, sendEvents } from './test-bridge.ts'
import { exampleBlock, exampleEvents, writeHost } from './worked-example.ts'

const [, grants = ''] =
  /```sql\n(GRANT.*?)```/s.exec(readFileSync(new URL('../../store/README.md', import.meta.url), 'utf8')) ?? []

test('everything works for a role that has the rights in the README of the store, and nothing else', async () => {
  await using bridge = await createTestBridge()
  const role = `role_${randomBytes(6).toString('hex')}`
  await bridge.sql(`CREATE ROLE ${role} LOGIN PASSWORD 'secret'`)
  await bridge.sql(grants.replaceAll('TO bridge', `TO ${role}`))
  const url = new URL(bridge.test.url)
  url.username = role
  url.password = 'secret'
  const pool = new pg.Pool({ connectionString: String(url) })
  try {
    const database = fromPg(pool)
    await checkDatabase(database)
    await writeHost(bridge, exampleBlock('host'))
    await sendEvents(database, exampleEvents())
    await sendEvents(database, exampleEvents())

    const nowMs = Date.parse('2026-02-09T23:30:00Z')
    const [now, producer] = [() => nowMs, randomUUID()]
    const refusal = { propertyId: 'description-service', endpoint: '/', reason: 'wrong_key', statusCode: 401 }
    await countIngestRejections(database, [{ ...refusal, occurredAtMs: nowMs, refused: 1 }])
    const at = new Date(nowMs).toISOString()
    const ledger = { accepted: 1, delivered: 1, duplicate: 0, pending: 0, dead: 0, dropped: {} }
    await recordHeartbeat(
      database,
      { producer, sentAt: at, intervalMs: 60_000, closedThrough: at, oldestPendingMs: null, ledger },
      { nowMs },
    )
    const counts = { compared: 0, lost: 0, raced: 0, unrepaired: 0, unexplained: 0, gaps: [] }
    await recordProof(database, { producer, proof: { at, through: at, ...counts } }, { nowMs })
    for (const salt of ['', '00112233445566ff']) {
      const ranges = [{ from: '', to: null, count: 1, sum: '0'.repeat(32) }]
      expect(await compareRanges(database, { producer, salt, ranges })).toHaveLength(1)
    }
    await createSignOuts(database).add('session', nowMs)
    const take = { name: 'limit', max: 1, timeWindowMs: 86_400_000, amount: 1, times: 2 }
    expect(await takeFromRateWindow(database, take)).toMatchObject({ allowed: 1 })

    await rollupDirty(database, { now })
    await rollupServiceUsage(database, { now })
    expect(await findDiscrepancies(database, { now })).toMatchObject({ cells: 0 })
    const app = await bridge.serve({ database, now, openMetrics: { path: '/metrics' } })
    for (const route of [
      'service-usage',
      'channels',
      'tenants',
      'cohorts',
      'restatements',
      'events',
      'bridge',
    ]) {
      expect(await ask(app, `/v1/metrics/${route}`), route).toMatchObject({ ok: true })
    }
    expect(await purgeRetention(database, { now: () => Date.parse('2028-06-01T00:00:00Z') })).toMatchObject({
      events: exampleEvents().length,
    })
  } finally {
    await pool.end()
    await bridge.sql(`DROP OWNED BY ${role}`)
    await bridge.sql(`DROP ROLE ${role}`)
  }
})
