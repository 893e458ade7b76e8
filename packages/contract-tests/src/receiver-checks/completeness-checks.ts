import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import {
  completenessLimits,
  digestIds,
  firstIdOf,
  type IdRange,
  idBucketOf,
  type RangeResult,
  reconcileResponseSchema,
  shortIdHash,
} from '@altcontext/webhook-contract'
import { expectRefusal, type ReceiverCheck } from './expectations.ts'
import type { ReceiverTarget } from './receiver-target.ts'

const salt = '00112233445566ff'
const all: IdRange = { from: '', to: null }
/** Longer ago than events that may still be on their way. */
const hour = Date.UTC(2026, 1, 13, 12)

/** Stores events of a new producer, whose ids are UUIDs of version 7 of one hour, in order. */
const storeEvents = async ({ client, newEvent }: ReceiverTarget, count: number) => {
  const producer = randomUUID()
  const ids = Array.from({ length: count }, (_, at) => {
    const first = firstIdOf(hour + at * 1000)
    return `${first.slice(0, 14)}7${randomUUID().slice(15)}`
  })
  const events = ids.map((id) => ({ id, ...newEvent() }))
  const { status, text } = await client.post({ producer, events }, { isBatch: true })
  assert.equal(status, 200, `Expected 200 for events with a producer, got ${status}: ${text.slice(0, 500)}`)
  return { producer, ids }
}

interface Question {
  producer: string
  salt?: string
  ranges: (IdRange & { ids: readonly string[]; list?: true })[]
}

/** Asks about ranges as if the producer had delivered `ids` in them. */
const ask = async ({ client }: ReceiverTarget, question: Question): Promise<RangeResult[]> => {
  const { producer, ranges } = question
  const body = {
    producer,
    salt: question.salt ?? salt,
    ranges: ranges.map(({ ids, ...range }) => ({ ...range, ...digestIds(ids, question.salt ?? salt) })),
  }
  const { status, text, body: response } = await client.post(body, { route: 'reconcile' })
  assert.equal(status, 200, `Expected 200, got ${status}: ${text.slice(0, 500)}`)
  const parsed = reconcileResponseSchema.safeParse(response)
  assert.ok(parsed.success, `Expected a result for each range, got ${text.slice(0, 500)}`)
  assert.equal(parsed.data.results.length, ranges.length, `Expected ${ranges.length} results, got ${text}`)
  return parsed.data.results
}

const statusesOf = (results: readonly RangeResult[]) => results.map(({ status }) => status)

const heartbeat = () => ({
  producer: randomUUID(),
  sentAt: '2026-02-13T12:00:00.000Z',
  intervalMs: 60_000,
  closedThrough: '2026-02-13T11:58:00.000Z',
  oldestPendingMs: null,
  ledger: { accepted: 1, delivered: 1, duplicate: 0, pending: 0, dead: 0, dropped: {} },
})

const checks: readonly ReceiverCheck[] = [
  {
    name: 'says-equal-of-the-same-ids',
    title: 'When the ids are those that the producer has sent, with their salt, the receiver says "equal"',
    async run(target) {
      const { producer, ids } = await storeEvents(target, 20)
      const [first, , third] = ids as [string, string, string]
      const ranges = [
        { ...all, ids },
        // The lower bound belongs to a range, the upper one does not; both may be the beginning of an id.
        { from: first, to: third, ids: ids.slice(0, 2) },
        { from: '', to: first, ids: [] },
        { from: first.slice(0, 8), to: null, ids },
      ]
      assert.deepEqual(statusesOf(await ask(target, { producer, ranges })), [
        'equal',
        'equal',
        'equal',
        'equal',
      ])
    },
  },
  {
    name: 'finds-one-lost-event',
    title:
      'When the producer has sent one event more than the receiver has, the receiver does not say "equal"',
    async run(target) {
      const { producer, ids } = await storeEvents(target, 20)
      const lost = [...ids.slice(1), randomUUID()]
      const [more] = await ask(target, { producer, ranges: [{ ...all, ids: [...ids, randomUUID()] }] })
      assert.notEqual(more?.status, 'equal', 'Expected a difference of one event, got "equal"')
      const [other] = await ask(target, { producer, ranges: [{ ...all, ids: lost }] })
      assert.notEqual(other?.status, 'equal', 'Expected a difference of as many other ids, got "equal"')
    },
  },
  {
    name: 'compares-each-producer-apart',
    title: 'Events of another producer are not part of a comparison',
    async run(target) {
      const one = await storeEvents(target, 3)
      const other = await storeEvents(target, 3)
      const [own] = await ask(target, { producer: one.producer, ranges: [{ ...all, ids: one.ids }] })
      const ranges = [{ ...all, ids: one.ids }]
      const [foreign] = await ask(target, { producer: other.producer, ranges })
      assert.equal(own?.status, 'equal', `Expected "equal" for a producer's own events, got ${own?.status}`)
      assert.notEqual(foreign?.status, 'equal', "Expected a difference from another producer's events")
    },
  },
  {
    name: 'names-a-few-ids-by-their-hashes',
    title:
      'The result for a small range that differs is the short hashes of its ids, or the ids when they are asked for',
    async run(target) {
      const { producer, ids } = await storeEvents(target, 20)
      const range = { ...all, ids: ids.slice(1) }
      const [hashed, listed] = await ask(target, { producer, ranges: [range, { ...range, list: true }] })
      assert.deepEqual(hashed, { status: 'ids', hashes: ids.map((id) => shortIdHash(id, salt)) })
      assert.deepEqual(listed, { status: 'ids', ids })
    },
  },
  {
    name: 'cuts-what-differs-into-parts',
    title: 'A large range that differs is cut into pieces, each with the sum of its ids',
    async run(target) {
      const { producer, ids } = await storeEvents(target, 200)
      const [result] = await ask(target, { producer, ranges: [{ ...all, ids: ids.slice(1) }] })
      assert.equal(result?.status, 'differs', `Expected "differs" for 200 ids, got ${result?.status}`)
      const { count, bounds, sums } = result as Extract<RangeResult, { status: 'differs' }>
      assert.equal(count, 200, `Expected the receiver's count of 200, got ${count}`)
      const starts = ['', ...bounds]
      assert.ok(
        bounds.length > 0 && starts.every((from, at) => at === 0 || from > (starts[at - 1] as string)),
      )
      const parts = starts.map((from, at) => ids.filter((id) => id >= from && id < (bounds[at] ?? '~')))
      assert.deepEqual(
        sums,
        parts.map((part) => digestIds(part, salt).sum.slice(0, 8)),
        'Expected the first 8 digits of the sum of each piece',
      )
      const largest = Math.max(...parts.map(({ length }) => length))
      assert.ok(
        largest <= 200 - completenessLimits.maxIds,
        `Expected smaller pieces, got one of ${largest} ids`,
      )
    },
  },
  {
    name: 'compares-whole-hours-without-a-salt',
    title: 'Without a salt, whole buckets are compared: the result for one that differs is its count and sum',
    async run(target) {
      const { producer, ids } = await storeEvents(target, 20)
      const bucket = idBucketOf(ids[0] as string)
      const ranges = [
        { ...all, ids },
        { ...bucket, ids },
        { ...bucket, ids: ids.slice(1) },
      ]
      const results = await ask(target, { producer, salt: '', ranges })
      assert.deepEqual(results, [
        { status: 'equal' },
        { status: 'equal' },
        { status: 'sealed', ...digestIds(ids) },
      ])
    },
  },
  {
    name: 'takes-heartbeats',
    title: 'A heartbeat gets 200 { "ok": true }; one without a ledger gets 400',
    async run({ client }) {
      const { status, body, text } = await client.post(heartbeat(), { route: 'heartbeat' })
      assert.equal(status, 200, `Expected 200, got ${status}: ${text}`)
      assert.deepEqual(body, { ok: true })
      const broken = { ...heartbeat(), ledger: undefined }
      expectRefusal(await client.post(broken, { route: 'heartbeat' }), 400, 'invalid_request')
    },
  },
  {
    name: 'takes-proofs',
    title: 'The result of a reconciliation is accepted with its last request',
    async run({ client }) {
      const proof = {
        at: '2026-02-13T12:00:00.000Z',
        through: '2026-02-13T11:58:00.000Z',
        ...{ compared: 3, lost: 0, raced: 0, unrepaired: 0, unexplained: 0, gaps: [] },
      }
      const question = { producer: randomUUID(), salt: '', ranges: [], proof }
      const { status, body, text } = await client.post(question, { route: 'reconcile' })
      assert.equal(status, 200, `Expected 200, got ${status}: ${text}`)
      assert.deepEqual(body, { ok: true, results: [] })
    },
  },
  {
    name: 'checks-the-key-of-comparisons',
    title: 'A comparison and a heartbeat with a wrong key get 401',
    async run({ client }) {
      const question = { producer: randomUUID(), salt, ranges: [{ ...all, ...digestIds([], salt) }] }
      const adminKey = 'not-the-key-of-this-receiver-at-all'
      expectRefusal(await client.post(question, { route: 'reconcile', adminKey }), 401)
      expectRefusal(await client.post(heartbeat(), { route: 'heartbeat', adminKey }), 401)
    },
  },
]

/** `POST <path>/reconcile` and `POST <path>/heartbeat`, for a receiver that declares them. */
export const completenessChecks: readonly ReceiverCheck[] = checks.map((check) => ({
  ...check,
  applies: ({ options }) => options.completeness === true,
}))
