import type { OutboxRecordState } from '@altcontext/webhook-emitter/sqlite'
import { expect, test } from 'vitest'
import { formatLedger, formatTotals, isTrue, judgeRound } from './judge-round.ts'
import type { CarriedMessages } from './scenario.ts'

const none = { accepted: 0, delivered: 0, duplicate: 0, pending: 0, dead: 0, dropped: {} }
const outboxOf = (states: Record<string, OutboxRecordState>, counts = {}) => ({
  counts: { ...none, ...counts },
  states: new Map(Object.entries(states)),
})
const message = (id: string, messageId = id) => ({ id, messageId })
const stored = (...ids: string[]) => ids.map((id) => ({ id, job: `job of ${id}` }))

test('a round is well when every accepted event is stored once and the ledger says so', () => {
  const outbox = outboxOf({ a: 'delivered', b: 'duplicate' }, { accepted: 2, delivered: 1, duplicate: 1 })
  const judgement = judgeRound({ told: ['a'], outbox }, stored('a', 'b'))
  expect(isTrue(judgement)).toBe(true)
  expect(formatTotals(judgement)).toBe('accepted 2 stored 2 lost 0 stored-twice 0')
  expect(formatLedger(judgement.ledger)).toBe(
    'ledger: delivered 1, duplicate 1, pending 0, dead 0, dropped 0',
  )
})

test.for<[string, CarriedMessages, string[]]>([
  [
    'with what was sent again',
    { messages: [message('a'), message('a', 'a.1'), message('b')], mayLose: false },
    [],
  ],
  [
    'without an event',
    { messages: [message('a')], mayLose: false },
    ['1 accepted, but not in the stream: b'],
  ],
  ['without an event that the broker may have lost', { messages: [message('a')], mayLose: true }, []],
  [
    'with a message id that the broker took twice',
    { messages: [message('a'), message('b'), message('b')], mayLose: false },
    ['1 message ids that are in the stream twice: b'],
  ],
  [
    'with an event that nobody accepted',
    { messages: [message('a'), message('b'), message('c')], mayLose: false },
    ['1 in the stream, but never accepted: c'],
  ],
])('a stream %s', ([_what, carried, contradictions]) => {
  const outbox = outboxOf({ a: 'delivered', b: 'delivered' }, { accepted: 2, delivered: 2 })
  const judgement = judgeRound({ told: ['a', 'b'], outbox, carried }, stored('a', 'b'))
  expect(judgement.contradictions).toEqual(contradictions)
})

test.for([
  {
    what: 'an event that the product was told is accepted, and is nowhere',
    outcome: { told: ['a', 'lost'], outbox: outboxOf({ a: 'delivered' }, { accepted: 1, delivered: 1 }) },
    contradiction: '1 accepted, but not in the outbox: lost',
    lost: 1,
  },
  {
    what: 'an event that is delivered according to the outbox and stored nowhere, although the sums are right',
    outcome: {
      told: ['a', 'b'],
      outbox: outboxOf({ a: 'delivered', b: 'delivered' }, { accepted: 2, delivered: 2 }),
    },
    contradiction: '1 delivered by the outbox, but not stored: b',
    lost: 1,
  },
  {
    what: 'an event that is stored and dead according to the outbox',
    outcome: { told: ['a'], outbox: outboxOf({ a: 'dead' }, { accepted: 1, dead: 1 }) },
    contradiction: '1 stored, but not delivered by the outbox: a',
    lost: 0,
  },
  {
    what: 'an event that is stored and was never accepted',
    outcome: { told: [], outbox: outboxOf({}) },
    contradiction: '1 stored, but never accepted: a',
    lost: 0,
  },
  {
    what: 'a ledger whose count of a state differs from the events',
    outcome: {
      told: ['a'],
      outbox: outboxOf({ a: 'delivered' }, { accepted: 1, dropped: { expired: 1 } }),
    },
    contradiction: 'the ledger counts 1 dropped, but 0 events are',
    lost: 0,
  },
  {
    what: 'a ledger that counts too many accepted events',
    outcome: { told: ['a'], outbox: outboxOf({ a: 'delivered' }, { accepted: 2, delivered: 1 }) },
    contradiction: 'the ledger counts 2 accepted, but there are 1 events',
    lost: 0,
  },
])('is not well: $what', ({ outcome, contradiction, lost }) => {
  const judgement = judgeRound(outcome, stored('a'))
  expect(judgement.contradictions).toContain(contradiction)
  expect(judgement.lost).toBe(lost)
  expect(isTrue(judgement)).toBe(false)
})

test('two rows of one job are one event stored twice', () => {
  const outbox = outboxOf({ a: 'delivered', b: 'delivered' }, { accepted: 2, delivered: 2 })
  const judgement = judgeRound({ told: ['a', 'b'], outbox }, [
    { id: 'a', job: 'one' },
    { id: 'b', job: 'one' },
  ])
  expect(judgement).toMatchObject({ lost: 0, storedTwice: 1 })
  expect(isTrue(judgement)).toBe(false)
})
