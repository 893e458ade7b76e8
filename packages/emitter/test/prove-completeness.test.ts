import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { completenessLimits, firstIdOf } from '@altcontext/webhook-contract'
import { createEmitter, type ReconcileReport } from '@altcontext/webhook-emitter'
import { createSqliteOutbox, openSqliteOutboxRecords } from '@altcontext/webhook-emitter/sqlite'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createComparingReceiver } from './comparing-receiver.ts'
import { adminKey, scan, url } from './stub-receiver.ts'

const hourMs = 3_600_000
const logger = { debug() {}, info() {}, warn() {}, error() {} }
let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'prove-'))
  path = join(folder, 'outbox.db')
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

const start = (receiver: ReturnType<typeof createComparingReceiver>, reports: ReconcileReport[] = []) =>
  createEmitter({
    url,
    adminKey,
    logger,
    fetch: receiver.fetch,
    outbox: createSqliteOutbox({ path }),
    onReconciled: (report) => void reports.push(report),
  })

/** As if the outbox had been compared this long ago. */
const wasComparedAgo = (ms: number): void => {
  const db = new DatabaseSync(path)
  db.prepare('UPDATE producer SET compared_at = ?').run(Date.now() - ms)
  db.close()
}

test('the first heartbeat is sent at once, and closes only what is older than the grace period', async () => {
  const receiver = createComparingReceiver()
  const beganMs = Date.now()
  const emitter = start(receiver)
  await expect.poll(() => receiver.heartbeats).toHaveLength(1)
  const closedMs = Date.parse(receiver.heartbeats[0]?.closedThrough ?? '')
  expect(closedMs + completenessLimits.graceMs).toBeGreaterThan(beganMs - 60_000)
  // The outbox's clock advances by the time that passes, and rounds.
  expect(closedMs + completenessLimits.graceMs).toBeLessThan(Date.now() + 60_000)
  await emitter.close()
})

test('an outbox whose last comparison is an hour ago is compared when an emitter starts, and another is not', async () => {
  const receiver = createComparingReceiver()
  const reports: ReconcileReport[] = []
  await createSqliteOutbox({ path }).close()
  wasComparedAgo(hourMs / 2)
  const early = start(receiver, reports)
  await expect.poll(() => receiver.heartbeats).toHaveLength(1)
  await early.close()
  expect(receiver.comparisons).toEqual([])

  wasComparedAgo(hourMs)
  const due = start(receiver, reports)
  await expect.poll(() => reports).toHaveLength(1)
  await due.close()
  const records = openSqliteOutboxRecords({ path })
  expect(await records.completeness.takeTurn(hourMs)).toBe(false)
  expect(await records.completeness.takeTurn(0)).toBe(true)
  await records.close()
})

test('heartbeats and comparisons of many processes do not stay together: each interval is up to a tenth shorter', async () => {
  const timers = vi.spyOn(globalThis, 'setTimeout')
  const random = vi.spyOn(Math, 'random').mockReturnValue(0.5)
  const emitter = start(createComparingReceiver())
  await expect.poll(() => timers.mock.calls.filter(([, ms]) => ms === 57_000)).toHaveLength(2)
  random.mockRestore()
  timers.mockRestore()
  await emitter.close()
})

test('a comparison that fails is a warning, and an error once nothing could be proven for three intervals', async () => {
  await createSqliteOutbox({ path }).close()
  wasComparedAgo(hourMs)
  const receiver = createComparingReceiver()
  const levels: string[] = []
  const note = (level: string) => (_: object, message: string) => {
    if (message.startsWith('Delivered events could not be compared')) levels.push(level)
  }
  const emitter = createEmitter({
    url,
    adminKey,
    logger: { ...logger, warn: note('warn'), error: note('error') },
    fetch: (async (request: Request) =>
      new URL(request.url).pathname.endsWith('/reconcile')
        ? Response.json({ ok: false }, { status: 404 })
        : receiver.fetch(request)) as typeof globalThis.fetch,
    outbox: createSqliteOutbox({ path }),
    completeness: { heartbeatIntervalMs: 1000 },
  })
  await expect.poll(() => levels).toEqual(['warn'])
  const now = performance.now.bind(performance)
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now() + 4 * hourMs)
  await expect.poll(() => levels).toEqual(['warn', 'error'])
  clock.mockRestore()
  await emitter.close()
})

test('a bucket that differed is compared again every hour, and the others once a day', async () => {
  const receiver = createComparingReceiver()
  const reports: ReconcileReport[] = []
  const ids = [5, 5, 9].map(
    (hours) => `${firstIdOf(Date.now() - hours * hourMs).slice(0, 14)}7${randomUUID().slice(15)}`,
  )
  const emitter = createEmitter({
    url,
    adminKey,
    logger,
    fetch: receiver.fetch,
    outbox: createSqliteOutbox({ path }),
    completeness: { heartbeatIntervalMs: 1000, reconcileIntervalMs: 1000 },
    onReconciled: (report) => void reports.push(report),
  })
  for (const eventId of ids) await emitter.deliver('scan.completed', scan(), { eventId })
  const records = openSqliteOutboxRecords({ path })
  let pruned = 0
  await vi.waitFor(async () => {
    pruned += (await records.prune({ olderThanMs: 0 })).deleted
    expect(pruned).toBe(3)
  }, 60_000)
  receiver.stored.delete(ids[2] as string)
  await expect.poll(() => reports.at(-1)?.gaps).toMatchObject([{ events: 1 }])
  const compared = reports.at(-1)?.compared

  receiver.comparisons.length = 0
  receiver.stored.add(ids[2] as string)
  await expect.poll(() => reports.at(-1)?.gaps).toEqual([])
  expect(reports.at(-1)?.compared).toBe(compared)
  const bySums = receiver.comparisons.filter(({ salt, ranges }) => salt === '' && ranges.length > 0)
  const widest = bySums.flatMap(({ ranges }) => ranges.map(({ count }) => count))
  expect(Math.max(...widest)).toBe(1)
  await records.close()
  await emitter.close()
})
