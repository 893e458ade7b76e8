import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { firstIdOf } from '@altcontext/webhook-contract'
import { type OutboxCompleteness, reconcileOutbox, resolveEmitterOptions } from '@altcontext/webhook-emitter'
import { createSqliteOutbox, openSqliteOutboxRecords } from '@altcontext/webhook-emitter/sqlite'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createComparingReceiver } from './comparing-receiver.ts'
import { adminKey, url } from './stub-receiver.ts'

const hourMs = 3_600_000
/** The bucket of a UUIDv7 that was made this many hours ago. */
const hoursAgo = (hours: number): string =>
  `${firstIdOf(Date.now() - hours * hourMs).slice(0, 14)}7${randomUUID().slice(15)}`
/** The bucket of a UUIDv5: always the same byte, which is not a time. */
const timeless = (): string => `c0${randomUUID().slice(2, 14)}5${randomUUID().slice(15)}`

let folder: string
let outbox: ReturnType<typeof createSqliteOutbox>
let records: ReturnType<typeof openSqliteOutboxRecords>
let receiver: ReturnType<typeof createComparingReceiver>
let onAsked: Parameters<typeof createComparingReceiver>[0]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'compare-sealed-'))
  const path = join(folder, 'outbox.db')
  outbox = createSqliteOutbox({ path })
  outbox.attach({ onReady() {}, onDropped() {} })
  records = openSqliteOutboxRecords({ path })
  onAsked = undefined
  receiver = createComparingReceiver((request) => onAsked?.(request))
})
afterEach(async () => {
  await records.close()
  await outbox.close()
  rmSync(folder, { recursive: true })
})

const deliver = async (ids: readonly string[], status: 'stored' | 'duplicate' = 'stored') => {
  for (const id of ids) await outbox.accept({ id, eventType: 'scan.completed', body: '{"payload":{}}' })
  const claimed = await outbox.claim({ maxEvents: 1000, leaseMs: 60_000 })
  await outbox.settle(claimed.map(({ id }) => ({ id, status, attempts: 1 })))
  for (const id of ids) receiver.stored.add(id)
}
const prune = async (count: number) => {
  let deleted = 0
  await vi.waitFor(async () => {
    deleted += (await records.prune({ olderThanMs: 0 })).deleted
    expect(deleted).toBe(count)
  }, 60_000)
}
const reconcile = (completeness: OutboxCompleteness = records.completeness) =>
  reconcileOutbox(completeness, resolveEmitterOptions({ url, adminKey, fetch: receiver.fetch }))

test('additional events at the receiver, in an hour that is pruned here, are not a gap', async () => {
  const ids = [hoursAgo(5), hoursAgo(5), hoursAgo(4)]
  await deliver(ids)
  await prune(3)
  receiver.stored.add(`${ids[0]?.slice(0, -1)}0`)
  expect(await reconcile()).toMatchObject({ compared: 3, lost: [], gaps: [] })
})

test('an event missing at the receiver in an hour that is pruned here is a gap, even with another event in its place', async () => {
  const ids = [hoursAgo(9), hoursAgo(9), hoursAgo(5)].sort()
  await deliver(ids)
  await prune(3)
  receiver.stored.delete(ids[0] as string)
  expect((await reconcile()).gaps).toMatchObject([{ events: 1 }])
  receiver.stored.add(`${ids[0]?.slice(0, -12)}000000000000`)
  expect((await reconcile()).gaps).toMatchObject([{ events: 1 }])
})

test('events that are pruned while they are read are not a gap', async () => {
  await deliver([hoursAgo(6), timeless()])
  await prune(2)
  const later = [hoursAgo(6), timeless()]
  await deliver(later)
  let isPruned = false
  const report = await reconcile({
    ...records.completeness,
    async deliveredIds(range, maxIds) {
      const ids = await records.completeness.deliveredIds(range, maxIds)
      if (!isPruned && later.some((id) => ids.includes(id))) {
        isPruned = true
        await prune(2)
      }
      return ids
    },
  })
  expect(isPruned).toBe(true)
  expect(report).toMatchObject({ lost: [], unrepaired: [], gaps: [] })
})

test('an event that is pruned, emitted again and pruned again is one event', async () => {
  const id = timeless()
  await deliver([id])
  await prune(1)
  await deliver([id], 'duplicate')
  expect(await reconcile()).toMatchObject({ lost: [], gaps: [] })
  await prune(1)
  expect(await reconcile()).toMatchObject({ compared: 1, lost: [], gaps: [] })
})

test('an event without a time, or of a partly pruned hour, is repaired as long as it is not pruned itself', async () => {
  const pruned = [timeless(), ...Array.from({ length: 70 }, timeless), hoursAgo(7)]
  await deliver(pruned)
  await prune(pruned.length)
  const kept = [timeless(), timeless(), hoursAgo(7)]
  await deliver(kept)
  const lost = [kept[0], kept[2]] as string[]
  for (const id of lost) receiver.stored.delete(id)
  const report = await reconcile()
  expect(report.lost.map(({ eventId }) => eventId)).toEqual(lost.sort())
  expect(report).toMatchObject({ raced: [], unrepaired: [], unexplained: [], gaps: [] })
  expect(receiver.stored.size).toBe(pruned.length + kept.length)

  receiver.stored.delete(pruned[0] as string)
  receiver.stored.delete(kept[1] as string)
  expect(await reconcile()).toMatchObject({ lost: [{ eventId: kept[1] }], gaps: [{ events: 1 }] })
})

test('events that only the receiver keeps as sums are compared by sums, and not counted as compared before', async () => {
  const ids = [hoursAgo(30), hoursAgo(30), hoursAgo(3)].sort()
  await deliver(ids)
  for (const id of ids.slice(0, 2)) {
    receiver.stored.delete(id)
    receiver.sealed.add(id)
  }
  expect(await reconcile()).toMatchObject({ compared: 3, lost: [], gaps: [] })
  receiver.sealed.delete(ids[0] as string)
  expect(await reconcile()).toMatchObject({ compared: 3, lost: [], gaps: [{ events: 1 }] })
})

test('events that only the receiver has are named, even if more arrive meanwhile than can be listed', async () => {
  const unknown = hoursAgo(3)
  receiver.stored.add(unknown)
  onAsked = ({ ranges }) => {
    if (ranges.some(({ list }) => list)) for (let at = 0; at < 64; at += 1) receiver.stored.add(hoursAgo(3))
    if (receiver.stored.size > 100) onAsked = undefined
  }
  const { unexplained, lost } = await reconcile()
  expect(receiver.stored.size).toBeGreaterThan(64)
  expect(unexplained).toContain(unknown)
  expect(lost).toEqual([])
})

test('events below the floor of the receiver are not counted as compared', async () => {
  const ids = [hoursAgo(30), hoursAgo(20), hoursAgo(3)].sort()
  await deliver(ids)
  receiver.stored.delete(ids[0] as string)
  receiver.setFloor(ids[1] as string)
  expect(await reconcile()).toMatchObject({ compared: 2, lost: [], gaps: [] })
})

test('a SQLite outbox reports its progress by its own clock, which the machine cannot set back', async () => {
  const db = new DatabaseSync(join(folder, 'outbox.db'))
  const knownMs = Date.now() + hourMs
  db.prepare('UPDATE clock SET mark = ?').run(knownMs)
  db.close()
  const other = openSqliteOutboxRecords({ path: join(folder, 'outbox.db') })
  expect((await other.completeness.progress()).nowMs).toBeGreaterThanOrEqual(knownMs)
  await other.close()
})

test('reading many ids lets the process work on other things after every few thousand', async () => {
  const ids = Array.from({ length: 12_000 }, (_, at) => `${firstIdOf(at).slice(0, 14)}7000-8000-000000000000`)
  const pages: { maxIds: number; turns: number }[] = []
  let turns = 0
  let isEnded = false
  const countTurns = (): void => {
    turns += 1
    if (!isEnded) setImmediate(countTurns)
  }
  setImmediate(countTurns)
  for (const id of ids) receiver.stored.add(id)
  const report = await reconcile({
    ...records.completeness,
    async deliveredIds({ from, to }, maxIds) {
      const inside = ids.filter((id) => id >= from && (to === null || id < to))
      if (inside.length > 0) pages.push({ maxIds, turns })
      return inside.slice(0, maxIds)
    },
  })
  isEnded = true
  expect(report).toMatchObject({ compared: 12_000, lost: [] })
  expect(pages.map(({ maxIds }) => maxIds)).toEqual([5001, 5001, 5001])
  const [first = 0, second = 0, third = 0] = pages.map((page) => page.turns)
  expect(second).toBeGreaterThan(first)
  expect(third).toBeGreaterThan(second)
})
