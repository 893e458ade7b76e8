import { randomUUID } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { contractLimits } from '@altcontext/webhook-contract'
import type { NewOutboxEvent, Outbox } from '@altcontext/webhook-emitter'
import { createSqliteOutbox, openSqliteOutboxRecords } from '@altcontext/webhook-emitter/sqlite'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { expectBalanced, testOutbox } from './outbox-suite.ts'

const fakeClock = () =>
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'],
  })

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'webhook-outbox-'))
  path = join(folder, 'outbox.db')
})
afterEach(() => {
  vi.useRealTimers()
  rmSync(folder, { recursive: true, force: true })
})

describe('a SQLite outbox behaves like every outbox:', () => {
  testOutbox(async () => {
    fakeClock()
    return {
      outbox: createSqliteOutbox({ path }),
      advance: async (ms) => void vi.advanceTimersByTime(ms),
    }
  })
})

describe('a SQLite outbox', () => {
  let outbox: Outbox
  let dropped: { id: string; reason: string }[]
  const open = (options: Partial<Parameters<typeof createSqliteOutbox>[0]> = {}): Outbox => {
    outbox = createSqliteOutbox({ path, ...options })
    dropped = []
    outbox.attach({ onReady() {}, onDropped: ({ id }, reason) => void dropped.push({ id, reason }) })
    return outbox
  }
  const claimIds = async (): Promise<string[]> =>
    (await outbox.claim({ maxEvents: 500, leaseMs: 45_000 })).map(({ id }) => id)

  afterEach(() => outbox?.close())

  test('gives everything back after a restart, claimed events at once, with attempts, trace and ledger', async () => {
    open()
    const [claimed, retried, settled] = [newEvent(), { ...newEvent(), traceparent }, newEvent()]
    for (const event of [claimed, retried, settled]) await outbox.accept(event)
    await claimIds()
    await outbox.settle([
      { id: retried.id, status: 'retry', attempts: 4, delayMs: 0, detail: 'http_503' },
      { id: settled.id, status: 'stored', attempts: 1 },
    ])
    await outbox.close()
    open()
    expect(outbox.counts()).toMatchObject({ accepted: 3, delivered: 1, pending: 2 })
    expect(await outbox.claim({ maxEvents: 10, leaseMs: 45_000 })).toEqual([
      { ...claimed, attempts: 0 },
      { ...retried, attempts: 4 },
    ])
  })

  test('refuses a second instance on the same file, in one sentence, until the first is closed', async () => {
    open()
    expect(() => createSqliteOutbox({ path })).toThrow(
      expect.objectContaining({
        code: 'outbox_in_use',
        message: `Failed to open the SQLite outbox: another process delivers from ${path}. Stop that process, or give this one a file of its own.`,
      }),
    )
    await outbox.close()
    open()
  })

  test('rejects with outbox_failed when the file is full, keeps what it took, and goes on once there is room', async () => {
    open({ maxFileBytes: 65_536, logRetentionMs: 0 })
    const accepted: string[] = []
    const fill = async (): Promise<void> => {
      for (let event = newEvent(); ; event = newEvent()) {
        await outbox.accept(event)
        accepted.push(event.id)
      }
    }
    await expect(fill()).rejects.toMatchObject({ code: 'outbox_failed' })
    expect(accepted.length).toBeGreaterThan(10)
    expect(outbox.counts()).toMatchObject({ accepted: accepted.length, pending: accepted.length })
    expect(await claimIds()).toEqual(accepted)
    await outbox.settle(accepted.map((id) => ({ id, status: 'stored', attempts: 1 })))
    await outbox.close()
    open({ maxFileBytes: 65_536, logRetentionMs: 0 })
    await expect(outbox.accept(newEvent())).resolves.toEqual({ status: 'accepted' })
    expectBalanced(outbox.counts())
  })

  test('at its limit refuses the newest event, or drops the oldest, as configured', async () => {
    open({ maxEvents: 2 })
    const events = [newEvent(), newEvent(), newEvent()] as const
    await outbox.accept(events[0])
    await outbox.accept(events[1])
    expect(await outbox.accept(events[2])).toEqual({ status: 'dropped', reason: 'queue_full' })
    expect(outbox.counts()).toMatchObject({ accepted: 3, pending: 2, dropped: { queue_full: 1 } })
    await outbox.close()
    open({ maxEvents: 2, overflow: 'drop-oldest' })
    expect(await outbox.accept(events[2])).toEqual({ status: 'accepted' })
    expect(dropped).toEqual([{ id: events[0].id, reason: 'queue_full' }])
    expect(await claimIds()).toEqual([events[1].id, events[2].id])
    expectBalanced(outbox.counts())
  })

  test('drops events that are older than its age limit, and reports each', async () => {
    fakeClock()
    open({ maxAgeMs: 3_600_000 })
    const event = newEvent()
    await outbox.accept(event)
    await vi.advanceTimersByTimeAsync(3_700_000)
    expect(dropped).toEqual([{ id: event.id, reason: 'expired' }])
    expect(outbox.counts()).toMatchObject({ pending: 0, dropped: { expired: 1 } })
  })

  test('after 60 days neither sends, retries nor replays an event, nor accepts it again', async () => {
    fakeClock()
    open()
    const [waiting, dead, young] = [newEvent(), newEvent(), newEvent()]
    outbox.noteReceiverTime?.(Date.now())
    await outbox.accept(waiting)
    await outbox.accept(dead)
    const settlement = { status: 'dead', attempts: 1, reason: 'refused', detail: 'HTTP 400' } as const
    await claimIds()
    await outbox.settle([
      { id: waiting.id, status: 'retry', attempts: 4, delayMs: 60_000, detail: 'timeout' },
      { id: dead.id, ...settlement },
    ])
    await outbox.close()
    vi.setSystemTime(Date.now() + contractLimits.retryHorizonMs + 1000)
    open()
    expect(await claimIds()).toEqual([])
    outbox.noteReceiverTime?.(Date.now())
    await vi.advanceTimersByTimeAsync(61_000)
    expect(dropped).toEqual([{ id: waiting.id, reason: 'expired' }])
    await outbox.accept(young)
    await claimIds()
    await outbox.settle([{ id: young.id, ...settlement }])
    expect(await outbox.accept(dead)).toEqual({ status: 'dropped', reason: 'expired' })
    const records = openSqliteOutboxRecords({ path })
    expect(await records.replay({ id: dead.id })).toEqual({ replayed: 0, tooOld: 1 })
    expect(await records.replay({ deadSinceMs: 0 })).toEqual({ replayed: 1, tooOld: 1 })
    await records.close()
    expect(await claimIds()).toEqual([young.id])
    expect(outbox.counts()).toMatchObject({ accepted: 4, pending: 1, dead: 1, dropped: { expired: 2 } })
    expectBalanced(outbox.counts())
  })

  test('sends a dropped event when it is emitted again, but not a delivered one', async () => {
    open({ maxEvents: 1, overflow: 'drop-oldest' })
    const [first, second] = [newEvent(), newEvent()]
    await outbox.accept(first)
    await outbox.accept(second)
    expect(await claimIds()).toEqual([second.id])
    await outbox.settle([{ id: second.id, status: 'stored', attempts: 1 }])
    expect(await outbox.accept(first)).toEqual({ status: 'accepted' })
    expect(await outbox.accept(second)).toEqual({ status: 'accepted', isDelivered: true })
    expect(await claimIds()).toEqual([first.id])
    expect(outbox.counts()).toMatchObject({ accepted: 2, delivered: 1, pending: 1, dropped: {} })
    expectBalanced(outbox.counts())
  })

  test('holds no address of a delivered event in any of its files', async () => {
    open()
    const addresses = Array.from({ length: 300 }, (_, index) => `person${index}@private.example`)
    await Promise.all(addresses.map((email) => outbox.accept(newEvent({ email }))))
    expect(bytesOf(folder)).toContain('@private.example')
    const ids = await claimIds()
    await outbox.settle(ids.map((id) => ({ id, status: 'stored', attempts: 1 })))
    await outbox.close()
    expect(bytesOf(folder)).not.toContain('private.example')
    expect(bytesOf(folder)).toContain(ids[0])
  })

  test('erases the private fields of a dead event when their time is over, and it can still be replayed', async () => {
    fakeClock()
    open({ deadPrivateFieldsMs: 600_000 })
    const event = newEvent({ email: 'ada@private.example' })
    await outbox.accept(event)
    await claimIds()
    await outbox.settle([
      { id: event.id, status: 'dead', attempts: 1, reason: 'refused', detail: 'HTTP 400' },
    ])
    await vi.advanceTimersByTimeAsync(720_000)
    expect(bytesOf(folder)).not.toContain('private.example')
    const records = openSqliteOutboxRecords({ path })
    expect(await records.replay({ id: event.id })).toEqual({ replayed: 1, tooOld: 0 })
    await records.close()
    const [replayed] = await outbox.claim({ maxEvents: 1, leaseMs: 45_000 })
    expect(replayed).toMatchObject({ id: event.id, attempts: 0 })
    expect(JSON.parse(replayed?.body ?? '')).toMatchObject({
      payload: { siteUrl: 'https://gallery.example' },
    })
    expect(outbox.counts()).toMatchObject({ accepted: 1, dead: 0, pending: 1 })
  })

  test('says for each event what happened, when and why', async () => {
    open()
    const event = newEvent()
    await outbox.accept(event)
    await claimIds()
    await outbox.settle([
      { id: event.id, status: 'retry', attempts: 4, delayMs: 0, detail: 'http_503 at attempt 4' },
    ])
    await claimIds()
    await outbox.settle([{ id: event.id, status: 'stored', attempts: 5 }])
    const records = openSqliteOutboxRecords({ path })
    expect(await records.find(event.id.toUpperCase())).toMatchObject({
      state: 'delivered',
      attempts: 5,
      history: [
        { what: 'retry', attempts: 4, detail: 'http_503 at attempt 4' },
        { what: 'delivered', attempts: 5 },
      ],
    })
    expect(await records.list({ state: 'delivered' })).toHaveLength(1)
    expect(await records.list({ state: 'dead' })).toEqual([])
    await records.close()
  })

  test('prunes the delivery log when its time is over; the ledger still counts', async () => {
    fakeClock()
    open({ logRetentionMs: 3_600_000 })
    const event = newEvent()
    await outbox.accept(event)
    await claimIds()
    await outbox.settle([{ id: event.id, status: 'duplicate', attempts: 1 }])
    await vi.advanceTimersByTimeAsync(3_700_000)
    const records = openSqliteOutboxRecords({ path })
    expect(await records.list()).toEqual([])
    expect(await records.counts()).toMatchObject({ accepted: 1, duplicate: 1, pending: 0 })
    await records.close()
  })

  test('a dead event that is emitted again is tried again, and counted once', async () => {
    open()
    const event = newEvent()
    await outbox.accept(event)
    await claimIds()
    await outbox.settle([
      { id: event.id, status: 'dead', attempts: 1, reason: 'refused', detail: 'HTTP 400' },
    ])
    await outbox.accept(event)
    expect(await claimIds()).toEqual([event.id])
    expect(outbox.counts()).toMatchObject({ accepted: 1, pending: 1, dead: 0 })
  })

  test('a clock that jumps ends no lease and delays no retry, within a run and across a restart', async () => {
    fakeClock()
    open()
    const event = newEvent()
    await outbox.accept(event)
    await claimIds()
    vi.setSystemTime(Date.now() + 86_400_000)
    expect(await claimIds()).toEqual([])
    await outbox.settle([{ id: event.id, status: 'retry', attempts: 4, delayMs: 60_000, detail: 'timeout' }])
    await outbox.close()
    vi.setSystemTime(Date.now() - 30 * 86_400_000)
    open()
    await vi.advanceTimersByTimeAsync(61_000)
    expect(await claimIds()).toEqual([event.id])
  })

  test('a clock that is 70 days ahead at one start expires and erases nothing, is reported, and everything is sent when the clock is right again', async () => {
    fakeClock()
    open()
    const [waiting, dead] = [
      newEvent({ email: 'ada@private.example' }),
      newEvent({ email: 'bob@private.example' }),
    ]
    await outbox.accept(waiting)
    await outbox.accept(dead)
    await claimIds()
    await outbox.settle([
      { id: waiting.id, status: 'retry', attempts: 4, delayMs: 60_000, detail: 'timeout' },
      { id: dead.id, status: 'dead', attempts: 1, reason: 'refused', detail: 'HTTP 400' },
    ])
    await outbox.close()
    const rightMs = Date.now()
    vi.setSystemTime(rightMs + 70 * 86_400_000)
    outbox = createSqliteOutbox({ path })
    dropped = []
    const jumps: number[] = []
    outbox.attach({
      onReady() {},
      onDropped: ({ id }, reason) => void dropped.push({ id, reason }),
      onClockJump: (aheadMs) => void jumps.push(aheadMs),
    })
    await vi.advanceTimersByTimeAsync(7_200_000)
    // The receiver's clock is right, and does not confirm it.
    outbox.noteReceiverTime?.(rightMs)
    await vi.advanceTimersByTimeAsync(7_200_000)
    expect(jumps).toEqual([expect.closeTo(70 * 86_400_000, -5)])
    expect(dropped).toEqual([])
    expect(outbox.counts()).toMatchObject({ pending: 1, dead: 1, dropped: {} })
    await outbox.close()
    vi.setSystemTime(rightMs + 14_400_000)
    open()
    await vi.advanceTimersByTimeAsync(120_000)
    expect(await claimIds()).toEqual([waiting.id])
    expect(bytesOf(folder)).toContain('bob@private.example')
  })

  test('makes its file readable only by its owner', () => {
    open()
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  test('refuses an age limit beyond the horizon after which receivers may forget', () => {
    expect(() => createSqliteOutbox({ path, maxAgeMs: contractLimits.retryHorizonMs + 1 })).toThrow(
      'Failed to open the SQLite outbox: maxAgeMs is 5184000001, expected a whole number from 1000 to 5184000000. Correct the options.',
    )
  })

  test('names every wrong option at once', () => {
    expect(() => createSqliteOutbox({ path: '', maxEvents: 0, maxAgeMs: 1, maxFileBytes: 5 })).toThrow(
      expect.objectContaining({
        code: 'invalid_options',
        message:
          'Failed to open the SQLite outbox: maxEvents is 0, expected a whole number of at least 1; maxAgeMs is 1, expected a whole number from 1000 to 5184000000; path is empty, expected text; maxFileBytes is 5, expected a whole number of at least 65536. Correct the options.',
      }),
    )
  })
})

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

const newEvent = (payload: object = {}): NewOutboxEvent => ({
  id: randomUUID(),
  eventType: 'tenant.created',
  body: JSON.stringify({
    eventType: 'tenant.created',
    tenantId: 'tenant-1',
    occurredAt: '2026-02-13T12:00:00.000Z',
    payload: { siteUrl: 'https://gallery.example', ...payload },
  }),
})

const bytesOf = (directory: string): string =>
  readdirSync(directory)
    .map((name) => readFileSync(join(directory, name), 'latin1'))
    .join('')
