import { expect, test } from 'vitest'
import { readBridge } from '../src/reads/read-bridge.ts'
import { rollupDirty } from '../src/rollups/rollup-dirty.ts'
import { createTestBridge, type SentEvent } from './test-bridge.ts'

const nowMs = Date.parse('2026-03-31T12:34:56.789Z')
const now = () => nowMs
const hourMs = 3_600_000
const ageOf = (days: number, ms = 0): string => new Date(nowMs - days * 24 * hourMs - ms).toISOString()

test('counts what was received in 30 days and in 24 hours to the millisecond, whether or not its hours are counted', async () => {
  await using bridge = await createTestBridge()
  const received = [
    // Beyond the 30 days, and their first moment.
    ageOf(30, 1),
    ageOf(30),
    ageOf(30, -20 * 60_000),
    // Either side of a full hour.
    '2026-03-15T09:59:59.999Z',
    '2026-03-15T10:00:00.000Z',
    // Beyond the 24 hours, and their first moment.
    ageOf(1, 1),
    ageOf(1),
    ageOf(0, hourMs),
  ]
  const events = received.map(
    (at, index): SentEvent => ({
      id: index + 1,
      type: index % 2 === 0 ? 'scan.completed' : 'scan.failed',
      at,
    }),
  )
  await bridge.send(events)
  const traffic = async () => {
    const { last24Hours, last30Days, lastEvents } = (await readBridge(bridge.database, { now })).traffic
    const last = (type: string) => lastEvents.find(({ eventType }) => eventType === type)?.receivedAt
    return [last24Hours.accepted, last30Days.accepted, last('scan.completed'), last('scan.failed')]
  }
  const counted = [2, 7, ageOf(1), ageOf(0, hourMs)]
  expect(await traffic()).toEqual(counted)

  // As the worker ran a day ago, and then again now: what it counted is not counted twice.
  for (const atMs of [nowMs - 24 * hourMs, nowMs, nowMs]) {
    await rollupDirty(bridge.database, { now: () => atMs })
    expect(await traffic()).toEqual(counted)
  }
  // Not from the events: the count stays, although a raw event of an hour in the middle is gone.
  expect(await bridge.sql('SELECT sum(events)::int AS events FROM received_hours')).toEqual([{ events: 7 }])
  await bridge.sql("DELETE FROM tenant_events WHERE received_at = '2026-03-15T10:00:00'")
  expect(await traffic()).toEqual(counted)
})

test('finds an event that was committed hours after its receipt', async () => {
  await using bridge = await createTestBridge()
  await bridge.send([{ id: 1, type: 'scan.completed', at: ageOf(2) }])
  await rollupDirty(bridge.database, { now: () => nowMs - 12 * hourMs })
  await bridge.send([{ id: 2, type: 'scan.completed', at: ageOf(1, 11 * hourMs) }])
  await rollupDirty(bridge.database, { now })
  expect((await readBridge(bridge.database, { now })).traffic.last30Days.accepted).toBe(2)
})

test('counts what came after a run of a worker whose clock was days ahead', async () => {
  await using bridge = await createTestBridge()
  await bridge.send([{ id: 1, type: 'scan.completed', at: ageOf(2) }])
  await rollupDirty(bridge.database, { now: () => nowMs + 10 * 24 * hourMs })
  await bridge.send([{ id: 2, type: 'scan.completed', at: ageOf(0) }])
  const [laterMs, muchLaterMs] = [2, 20].map((days) => nowMs + days * 24 * hourMs) as [number, number]
  const accepted = async (ms: number) =>
    (await readBridge(bridge.database, { now: () => ms })).traffic.last30Days.accepted
  expect(await accepted(laterMs)).toBe(2)
  await rollupDirty(bridge.database, { now: () => laterMs })
  expect(await accepted(laterMs)).toBe(2)
  expect(await accepted(muchLaterMs)).toBe(2)
})

test('says how late events came, to three digits for the hours that are counted', async () => {
  await using bridge = await createTestBridge()
  const lags = [0, 7, 999, 1234, 56_789, 56_712, 7_654_321, 86_399_999]
  await bridge.send(
    lags.map((lag, index): SentEvent => {
      const receivedAt = nowMs - (index + 1) * 2 * hourMs
      return {
        id: index + 1,
        type: index % 2 === 0 ? 'scan.completed' : 'scan.failed',
        at: new Date(receivedAt - lag).toISOString(),
        receivedAt: new Date(receivedAt).toISOString(),
      }
    }),
  )
  const lag = async () => (await readBridge(bridge.database, { now })).traffic.lag
  expect(await lag()).toEqual({ n: 8, p50Ms: 28_973, p95Ms: 58_839_012, reason: null })
  await rollupDirty(bridge.database, { now })
  expect(await lag()).toEqual({ n: 8, p50Ms: 28_965, p95Ms: 58_837_500, reason: null })
})
