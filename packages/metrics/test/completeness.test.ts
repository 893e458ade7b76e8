import { randomUUID } from 'node:crypto'
import { digestIds, firstIdOf } from '@altcontext/webhook-contract'
import { compareRanges, recordHeartbeat, recordProof } from '@altcontext/webhook-store'
import { expect, test } from 'vitest'
import { bridgeResponseSchema, purgeRetention } from '../src/index.ts'
import { rollupDirty } from '../src/rollups/rollup-dirty.ts'
import { ask, createTestBridge, type TestBridge } from './test-bridge.ts'

const nowMs = Date.parse('2026-02-10T00:00:00Z')
const producer = randomUUID()
const minutes = (count: number): number => count * 60_000

const iso = (ms: number): string => new Date(ms).toISOString()
const idAt = (ms: number): string => `${firstIdOf(ms).slice(0, 14)}7${randomUUID().slice(15)}`

const beat = (bridge: TestBridge, atMs: number, changes: object = {}) =>
  recordHeartbeat(
    bridge.database,
    {
      producer,
      sentAt: iso(atMs),
      intervalMs: 60_000,
      closedThrough: iso(atMs - minutes(5)),
      oldestPendingMs: null,
      ledger: { accepted: 1, delivered: 1, duplicate: 0, pending: 0, dead: 0, dropped: {} },
      ...changes,
    },
    { nowMs: atMs },
  )

const proof = {
  at: iso(nowMs),
  through: iso(nowMs),
  compared: 7,
  lost: 2,
  raced: 0,
  unrepaired: 0,
  unexplained: 0,
  gaps: [] as { from: string; to: string; events: number }[],
}

const bridgeAt = async (bridge: TestBridge, ms: number) => {
  const app = await bridge.serve({ now: () => ms })
  return bridgeResponseSchema.parse(await ask(app, '/v1/metrics/bridge'))
}

test('tells silence from emptiness: a producer is silent as soon as two heartbeats are missing', async () => {
  await using bridge = await createTestBridge()
  await beat(bridge, nowMs)
  const heard = await bridgeAt(bridge, nowMs + minutes(2))
  expect(heard.producers).toMatchObject([
    { producerId: producer, isSilent: false, isClockWrong: false, proof: null },
  ])
  expect(heard.problems).not.toContain('producer_silent')

  const silent = await bridgeAt(bridge, nowMs + minutes(2) + 1)
  expect(silent.producers).toMatchObject([{ isSilent: true }])
  expect(silent.problems).toContain('producer_silent')
})

test('notices a clock that stands still within two minutes, however often heartbeats are sent', async () => {
  await using bridge = await createTestBridge()
  const beatAfter = (lateMs: number) => beat(bridge, nowMs + lateMs, { sentAt: iso(nowMs), intervalMs: 1000 })
  await beatAfter(minutes(2))
  expect((await bridgeAt(bridge, nowMs + minutes(2))).producers).toMatchObject([{ isClockWrong: false }])
  await beatAfter(minutes(2) + 1)
  const { producers, problems } = await bridgeAt(bridge, nowMs + minutes(2) + 1)
  expect(producers).toMatchObject([{ isSilent: false, isClockWrong: true }])
  expect(problems).toContain('producer_silent')
})

test('keeps the heartbeat that was sent last, and not the one that was received last', async () => {
  await using bridge = await createTestBridge()
  const sentAt = async () => (await bridgeAt(bridge, nowMs + minutes(4))).producers[0]?.heartbeat?.sentAt
  await beat(bridge, nowMs + minutes(1))
  await beat(bridge, nowMs + minutes(1) + 1, { sentAt: iso(nowMs) })
  expect(await sentAt()).toBe(iso(nowMs + minutes(1)))

  // A clock that is a minute ahead, of the producer or of a server, does not let an overtaken heartbeat win.
  await beat(bridge, nowMs + minutes(1) + 2, { sentAt: iso(nowMs + minutes(2)) })
  await beat(bridge, nowMs + minutes(1) - 1, { sentAt: iso(nowMs + minutes(1)) })
  expect(await sentAt()).toBe(iso(nowMs + minutes(2)))

  // The producer's clock was put back: what comes two minutes later was not overtaken.
  await beat(bridge, nowMs + minutes(3) + 3, { sentAt: iso(nowMs) })
  expect(await sentAt()).toBe(iso(nowMs))
})

test.each([
  ['the server that received one', { nowMs: minutes(60 * 24), sentAt: 0 }],
  ['the producer', { nowMs: 0, sentAt: minutes(60 * 24) }],
])('takes heartbeats again after the clock of %s was a day ahead', async (_whose, ahead) => {
  await using bridge = await createTestBridge()
  await beat(bridge, nowMs + ahead.nowMs, { sentAt: iso(nowMs + ahead.sentAt) })
  await beat(bridge, nowMs + minutes(1))
  const [producer] = (await bridgeAt(bridge, nowMs + minutes(1))).producers
  expect(producer?.heartbeat).toMatchObject({
    receivedAt: iso(nowMs + minutes(1)),
    sentAt: iso(nowMs + minutes(1)),
  })
})

test('is complete through no later than the moment up to which every producer has delivered', async () => {
  await using bridge = await createTestBridge()
  await rollupDirty(bridge.database, { now: () => nowMs })
  expect((await bridgeAt(bridge, nowMs)).freshness.completeThrough).toBe(iso(nowMs))
  await beat(bridge, nowMs)
  expect((await bridgeAt(bridge, nowMs)).freshness.completeThrough).toBe(iso(nowMs - minutes(5)))
})

test('says for every window with a known gap how many events are missing, and is incomplete', async () => {
  await using bridge = await createTestBridge()
  await recordProof(bridge.database, { producer, proof }, { nowMs })
  expect((await bridgeAt(bridge, nowMs)).problems).not.toContain('incomplete')
  const gap = { from: '2026-02-03T10:00:00.000Z', to: '2026-02-03T11:00:00.000Z', events: 4 }
  await recordProof(bridge.database, { producer, proof: { ...proof, unrepaired: 4, gaps: [gap] } }, { nowMs })

  const { problems, producers, freshness } = await bridgeAt(bridge, nowMs)
  expect(problems).toContain('incomplete')
  expect(producers).toMatchObject([{ proof: { lost: 2, unrepaired: 4, gaps: [gap] } }])
  expect(freshness.eventsKnownMissing).toBe(4)
  const app = await bridge.serve({ now: () => nowMs, openMetrics: { path: '/metrics' } })
  const missingIn = async (window: string) =>
    (await ask(app, `/v1/metrics/service-usage?${window}`)).freshness.eventsKnownMissing
  expect(await missingIn('from=2026-02-03&to=2026-02-03')).toBe(4)
  expect(await missingIn('from=2026-02-04&to=2026-02-05')).toBe(0)
  const response = await app.inject({
    url: '/metrics',
    headers: { 'x-admin-key': 'a-key-for-tests-of-24-characters' },
  })
  expect(response.body).toContain('webhook_metrics_events_known_missing 4')
  expect(response.body).toContain(`webhook_metrics_producer_lost_events{producer="${producer}"} 2`)
})

test('retires a producer from which nothing was heard for 7 days, and forgets it after 24 months', async () => {
  await using bridge = await createTestBridge()
  const gap = { from: '2026-02-03T10:00:00.000Z', to: '2026-02-03T11:00:00.000Z', events: 4 }
  await rollupDirty(bridge.database, { now: () => nowMs })
  await beat(bridge, nowMs - minutes(60))
  await recordProof(bridge.database, { producer, proof: { ...proof, unrepaired: 4, gaps: [gap] } }, { nowMs })
  await bridge.sql(`INSERT INTO sealed_event_ids VALUES ($1, '', $2, 1, 1)`, [producer, idAt(nowMs)])
  const weekMs = nowMs + minutes(7 * 24 * 60)
  const missingOnDay = async (ms: number) => {
    const app = await bridge.serve({ now: () => ms })
    const { freshness } = await ask(app, '/v1/metrics/service-usage?from=2026-02-03&to=2026-02-03')
    return freshness.eventsKnownMissing
  }

  const silent = await bridgeAt(bridge, weekMs)
  expect(silent.problems).toEqual(expect.arrayContaining(['producer_silent', 'incomplete']))
  expect(silent.producers).toMatchObject([{ isRetired: false, isSilent: true }])
  expect(silent.freshness).toMatchObject({ completeThrough: iso(nowMs - minutes(65)), eventsKnownMissing: 4 })

  const retired = await bridgeAt(bridge, weekMs + 1)
  expect(retired.problems).not.toContain('producer_silent')
  expect(retired.problems).not.toContain('incomplete')
  expect(retired.producers).toMatchObject([{ isRetired: true, isSilent: null, isClockWrong: null }])
  expect(retired.freshness).toMatchObject({ completeThrough: iso(weekMs + 1), eventsKnownMissing: 0 })
  expect(await missingOnDay(weekMs + 1)).toBe(4)

  const purgeAt = async (now: string) => {
    await purgeRetention(bridge.database, { now: () => Date.parse(now) })
    return { producers: (await bridgeAt(bridge, Date.parse(now))).producers.length, sums: await sums() }
  }
  const sums = async () => (await bridge.sql('SELECT FROM sealed_event_ids')).length
  expect(await purgeAt('2028-02-10T23:00:00Z')).toEqual({ producers: 1, sums: 1 })
  expect(await missingOnDay(weekMs + 1)).toBe(4)
  expect(await purgeAt('2028-02-11T00:00:00Z')).toEqual({ producers: 0, sums: 0 })
  expect(await missingOnDay(weekMs + 1)).toBe(0)
})

test('keeps the sums of purged events: a bucket can still be compared, and a change in it is found', async () => {
  await using bridge = await createTestBridge()
  const oldMs = nowMs - 100 * 86_400_000
  const ids = [...Array.from({ length: 5 }, (_, at) => idAt(oldMs + at)), randomUUID()]
  await bridge.sql(
    `INSERT INTO tenant_events (id, tenant_id, event_type, occurred_at, received_at, producer_id)
     SELECT id, 'tenant-1', 'scan.completed', $3::timestamp, $3::timestamp, $2 FROM unnest($1::text[]) AS given (id)`,
    [ids, producer, iso(oldMs)],
  )
  expect(await purgeRetention(bridge.database, { now: () => nowMs })).toMatchObject({ events: 6 })
  const compare = (set: readonly string[], salt = '') =>
    compareRanges(bridge.database, {
      producer,
      salt,
      ranges: [{ from: '', to: null, ...digestIds(set, salt) }],
    })
  expect(await compare(ids)).toEqual([{ status: 'equal' }])
  expect(await compare(ids.slice(1))).toMatchObject([{ status: 'differs', count: 6 }])
  expect(await compare(ids, '00112233445566ff')).toEqual([{ status: 'sealed' }])
})

test('forgets sums after 24 months, and says that it knows nothing about the time before', async () => {
  await using bridge = await createTestBridge()
  await beat(bridge, nowMs)
  const old = [firstIdOf(Date.parse('2023-06-01T00:00:00Z')), firstIdOf(Date.parse('2025-06-01T00:00:00Z'))]
  for (const bucket of old) {
    await bridge.sql(
      'INSERT INTO sealed_event_ids (producer_id, bucket, events, total) VALUES ($1, $2, 1, 1)',
      [producer, bucket],
    )
  }
  await purgeRetention(bridge.database, { now: () => nowMs })
  expect(await bridge.sql('SELECT bucket FROM sealed_event_ids')).toEqual([{ bucket: old[1] }])
  const [result] = await compareRanges(bridge.database, {
    producer,
    salt: '',
    ranges: [{ from: '', to: null, ...digestIds([]) }],
  })
  expect(result).toEqual({ status: 'before_floor', floor: firstIdOf(Date.parse('2024-02-10T00:00:00Z')) })
})
