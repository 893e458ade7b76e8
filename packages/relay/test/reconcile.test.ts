import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestDatabase } from '@altcontext/test-database'
import { firstIdOf } from '@altcontext/webhook-contract'
import type { ReconcileReport } from '@altcontext/webhook-emitter'
import { createSqliteOutbox } from '@altcontext/webhook-emitter/sqlite'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { runRelay } from './run-relay.ts'
import { adminKey, startReceiver } from './start-receiver.ts'
import { startRelayProcess } from './start-relay-process.ts'

/** A UUIDv7 made at that time. */
const idAt = (ms: number): string => `${firstIdOf(ms).slice(0, 14)}7${randomUUID().slice(15)}`
const hourMs = 3_600_000

const eventAt = (at: number) => ({
  id: idAt(Date.now() - hourMs - at * 1000),
  eventType: 'scan.completed',
  tenantId: 'tenant-1',
  occurredAt: new Date(Date.now() - hourMs).toISOString(),
  payload: { jobId: `job-${at}`, mediaCount: 1, identitiesDetected: 1, durationMs: 10 },
})

const places = [
  {
    name: 'a SQLite file',
    open: async () => {
      const folder = await mkdtemp(join(tmpdir(), 'reconcile-'))
      return {
        outbox: join(folder, 'outbox.db'),
        close: () => rm(folder, { recursive: true, force: true }),
      }
    },
  },
  {
    name: 'PostgreSQL',
    open: async () => {
      const database = await createTestDatabase()
      return { outbox: database.url, close: () => database.drop() }
    },
  },
]

describe.each(places)('an outbox in $name', ({ open }) => {
  const events = Array.from({ length: 200 }, (_, at) => eventAt(at))
  const ids = events.map(({ id }) => id).sort()
  let place: Awaited<ReturnType<typeof open>>
  let receiver: Awaited<ReturnType<typeof startReceiver>>
  let relay: Awaited<ReturnType<typeof startRelayProcess>>
  let env: Record<string, string>

  beforeAll(async () => {
    place = await open()
    receiver = await startReceiver()
    env = { WEBHOOK_URL: receiver.url, ADMIN_API_KEY: adminKey, RELAY_OUTBOX: place.outbox }
    relay = await startRelayProcess(env)
    const response = await fetch(relay.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ events }),
    })
    expect(response.ok, await response.text()).toBe(true)
    await vi.waitFor(
      async () => {
        expect((await runRelay(['status', '--json'], env)).output).toContain('"delivered":200')
      },
      { timeout: 60_000, interval: 200 },
    )
  })

  afterAll(async () => {
    expect(await relay.stop()).toBe(0)
    await receiver.close()
    await place.close()
  })

  const reconcile = async (...flags: string[]): Promise<{ code: number | null; report: ReconcileReport }> => {
    const { code, output, errors } = await runRelay(['reconcile', '--json', ...flags], env)
    expect(errors).toBe('')
    return { code, report: JSON.parse(output) as ReconcileReport }
  }

  test('says that the receiver has everything when it has', async () => {
    const { code, report } = await reconcile()
    expect(code).toBe(0)
    expect(report).toMatchObject({
      compared: 200,
      lost: [],
      raced: [],
      unrepaired: [],
      unexplained: [],
      gaps: [],
    })
    expect(report.traffic.requests).toBe(2)
  })

  test('finds, names and repairs events that were deleted at the receiver, beside the process that delivers', async () => {
    const gone = [ids[20], ids[121], ids[122]] as string[]
    await receiver.database.pool.query('DELETE FROM tenant_events WHERE id = ANY($1)', [gone])

    const dry = await reconcile('--dry-run')
    expect(dry.code).toBe(1)
    expect(dry.report.lost.map(({ eventId }) => eventId)).toEqual(gone)
    expect(await receiver.storedIds()).toHaveLength(197)

    const repaired = await reconcile()
    expect(repaired.code).toBe(0)
    expect(repaired.report.lost.map(({ eventId }) => eventId)).toEqual(gone)
    expect(repaired.report.raced).toEqual([])
    expect(await receiver.storedIds()).toEqual(ids)
    expect((await reconcile()).report).toMatchObject({ lost: [], gaps: [] })
    const { rows } = await receiver.database.pool.query(
      'SELECT proof FROM event_producers WHERE producer_id = $1',
      [repaired.report.producer],
    )
    expect(rows[0].proof).toMatchObject({ compared: 200, lost: 0 })
  })

  test('lists what only the receiver has, and raises no alarm for it', async () => {
    const unknown = idAt(Date.now() - hourMs)
    await receiver.database.pool.query(
      `INSERT INTO tenant_events (id, tenant_id, event_type, occurred_at, producer_id)
       SELECT $1, tenant_id, event_type, occurred_at, producer_id FROM tenant_events LIMIT 1`,
      [unknown],
    )
    const { code, report } = await reconcile()
    expect(code).toBe(0)
    expect(report).toMatchObject({ lost: [], unexplained: [unknown] })
    await receiver.database.pool.query('DELETE FROM tenant_events WHERE id = $1', [unknown])
  })

  test('does not take events that the receiver has under another outbox for lost, and leaves them out from then on', async () => {
    const foreign = ids[50]
    await receiver.database.pool.query('UPDATE tenant_events SET producer_id = NULL WHERE id = $1', [foreign])
    expect((await reconcile()).report).toMatchObject({ lost: [], raced: [foreign], gaps: [] })
    expect((await reconcile()).report).toMatchObject({ lost: [], raced: [], compared: 199 })
  })

  test('says for people what it did', async () => {
    await receiver.database.pool.query('DELETE FROM tenant_events WHERE id = $1', [ids[7]])
    const { output } = await runRelay(['reconcile'], env)
    expect(output).toContain('The receiver had lost 1 of them.')
    expect(output).toContain(`  ${ids[7]}  made in the hour of `)
    expect(output).toMatch(/\d+ requests, \d+ bytes sent, \d+ bytes received/)
  })

  test('names a gap where the outbox has pruned what the receiver lost, also for an id that holds no time', async () => {
    const timeless = 'c0ffee00-0000-4000-8000-000000000001'
    const response = await fetch(relay.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ events: [{ ...eventAt(7), id: timeless }] }),
    })
    expect(response.ok, await response.text()).toBe(true)
    // Not only stored: the outbox has to know it, as otherwise it prunes the event not yet.
    await vi.waitFor(
      async () => expect((await runRelay(['status', '--json'], env)).output).toContain('"pending":0'),
      60_000,
    )
    expect(await receiver.storedIds()).toContain(timeless)
    const pruned = await runRelay(['prune', '--older-than', '0s'], env)
    expect(pruned.code, pruned.errors).toBe(0)
    expect((await reconcile()).report).toMatchObject({ lost: [], unrepaired: [], gaps: [] })

    await receiver.database.pool.query('DELETE FROM tenant_events WHERE id = ANY($1)', [[timeless, ids[3]]])
    const { report } = await reconcile()
    expect(report.gaps.toSorted((one, other) => (one.from < other.from ? -1 : 1))).toMatchObject([
      { from: '1970-01-01T00:00:00.000Z', to: report.through, events: 1 },
      { events: 1 },
    ])
  })
})

test('says that a receiver which cannot compare must be updated', async () => {
  const place = await places[0]?.open()
  const receiver = await startReceiver()
  const env = {
    WEBHOOK_URL: `${receiver.url}/elsewhere`,
    ADMIN_API_KEY: adminKey,
    RELAY_OUTBOX: place?.outbox ?? '',
  }
  await createSqliteOutbox({ path: env.RELAY_OUTBOX }).close()
  const { code, errors } = await runRelay(['reconcile'], env)
  expect(code).toBe(1)
  expect(errors).toBe(
    'Failed to compare events with the receiver: it responded with HTTP 404. Update it to a version that compares, or correct the address.\n',
  )
  await receiver.close()
  await place?.close()
})
