import { createMemoryOutbox, type DropReason, EmitterError } from '@altcontext/webhook-emitter'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { expectBalanced, testOutbox } from './outbox-suite.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

testOutbox(async () => ({
  outbox: createMemoryOutbox(),
  advance: async (ms) => {
    await vi.advanceTimersByTimeAsync(ms)
  },
}))

const filled = (overflow?: 'drop-newest' | 'drop-oldest') => {
  const outbox = createMemoryOutbox(overflow === undefined ? { maxEvents: 3 } : { maxEvents: 3, overflow })
  const dropped: { id: string; reason: DropReason }[] = []
  outbox.attach({ onReady: () => {}, onDropped: ({ id }, reason) => dropped.push({ id, reason }) })
  const accept = (id: string) => outbox.accept({ id, eventType: 'scan.completed', body: '{}' })
  for (const id of ['a', 'b', 'c']) accept(id)
  return { outbox, dropped, accept }
}

test('a full outbox refuses the newest event by default, and counts it', () => {
  const { outbox, accept, dropped } = filled()
  expect(accept('d')).toEqual({ status: 'dropped', reason: 'queue_full' })
  expect(dropped).toEqual([])
  expect(outbox.counts()).toMatchObject({ accepted: 4, pending: 3, dropped: { queue_full: 1 } })
  expectBalanced(outbox.counts())
})

test('drop-oldest makes room by dropping the event that has waited longest, and reports it', async () => {
  const { outbox, accept, dropped } = filled('drop-oldest')
  expect(accept('d')).toEqual({ status: 'accepted' })
  expect(dropped).toEqual([{ id: 'a', reason: 'queue_full' }])
  expect((await outbox.claim({ maxEvents: 9, leaseMs: 1000 })).map(({ id }) => id)).toEqual(['b', 'c', 'd'])
  expectBalanced(outbox.counts())
})

test('drop-oldest never drops an event that is being sent', async () => {
  const { outbox, accept, dropped } = filled('drop-oldest')
  await outbox.claim({ maxEvents: 3, leaseMs: 1000 })
  expect(accept('d')).toEqual({ status: 'dropped', reason: 'queue_full' })
  expect(dropped).toEqual([])
  expectBalanced(outbox.counts())
})

test('a queue that has held 5,000 events still returns them in order', async () => {
  const outbox = createMemoryOutbox()
  const ids = Array.from({ length: 5000 }, (_, index) => String(index))
  for (const id of ids) outbox.accept({ id, eventType: 'scan.completed', body: '{}' })
  const claimed: string[] = []
  while (claimed.length < ids.length) {
    for (const { id } of await outbox.claim({ maxEvents: 333, leaseMs: 1000 })) claimed.push(id)
  }
  expect(claimed).toEqual(ids)
})

test('an empty outbox leaves no timer behind', async () => {
  const { outbox } = filled()
  for (const { id } of await outbox.claim({ maxEvents: 3, leaseMs: 1000 })) {
    outbox.settle([{ id, status: 'stored', attempts: 1 }])
  }
  expect(vi.getTimerCount()).toBe(0)
})

test('every bad option is named in one error', () => {
  const create = () => createMemoryOutbox({ maxEvents: 0, overflow: 'block' as 'drop-newest' })
  expect(create).toThrow(EmitterError)
  expect(create).toThrow(
    'Failed to create a memory outbox: maxEvents is 0, expected a whole number of at least 1; ' +
      'overflow is "block", expected "drop-newest" or "drop-oldest". Correct the options.',
  )
})
