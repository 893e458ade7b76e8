import assert from 'node:assert/strict'
import { contractLimits } from '@altcontext/webhook-contract'
import {
  expectDuplicate,
  expectRefusal,
  expectStored,
  newId,
  type ReceiverCheck,
  resultsOf,
} from './expectations.ts'

const statusesOf = (results: readonly Record<string, unknown>[]) => results.map(({ status }) => status)

/** `POST <path>/batch`. */
export const batchChecks: readonly ReceiverCheck[] = [
  {
    name: 'responds-to-batches-in-order',
    title: 'A batch of 100 events gets one result for each, in order, with its id',
    async run({ client, newEvent }) {
      const events = Array.from({ length: 100 }, () => ({ id: newId(), ...newEvent() }))
      const results = resultsOf(await client.post({ events }, { isBatch: true }), 100)
      assert.deepEqual(
        results,
        events.map(({ id }) => ({ status: 'stored', eventId: id })),
      )
    },
  },
  {
    name: 'keeps-neighbours-of-invalid-events',
    title: 'Only the invalid event of a batch is refused, with its issues; the others are stored',
    async run({ client, newEvent }) {
      const event = newEvent()
      const broken = { ...event, eventType: `${event.eventType}.unheard_of` }
      const events = [newEvent(), broken, newEvent()]
      const results = resultsOf(await client.post({ events }, { isBatch: true }), 3)
      assert.deepEqual(statusesOf(results), ['stored', 'invalid', 'stored'])
      const { error, issues } = results[1] as { error?: unknown; issues?: { path: string }[] }
      assert.equal(typeof error, 'string', 'Expected an error code in the invalid result')
      assert.deepEqual(
        issues?.map(({ path }) => path),
        ['eventType'],
      )
    },
  },
  {
    name: 'stores-duplicates-within-a-batch-once',
    title: 'An event that is in one batch twice is stored once',
    async run({ client, newEvent }) {
      const event = { id: newId(), ...newEvent() }
      const results = resultsOf(await client.post({ events: [event, event] }, { isBatch: true }), 2)
      assert.deepEqual(statusesOf(results).sort(), ['duplicate', 'stored'])
    },
  },
  {
    name: 'shares-ids-between-routes',
    title: 'An event that came by one route is a duplicate on the other route',
    async run({ client, newEvent }) {
      const [id, event] = [newId(), newEvent()]
      const batch = { events: [{ id, ...event }] }
      expectStored(await client.post(event, { id }))
      assert.deepEqual(statusesOf(resultsOf(await client.post(batch, { isBatch: true }), 1)), ['duplicate'])
      expectDuplicate(await client.post(event, { id }), id)
    },
  },
  {
    name: 'identifies-batch-events-by-triple',
    title: 'Events of a batch without ids are distinguished by tenant, type and time',
    async run({ client, newEvent }) {
      const [one, other] = [newEvent(), newEvent()]
      const results = resultsOf(await client.post({ events: [one, other, one] }, { isBatch: true }), 3)
      assert.equal(results[0]?.eventId, results[2]?.eventId, 'Expected one id for the same triple')
      assert.notEqual(results[0]?.eventId, results[1]?.eventId, 'Expected two ids for two tenants')
    },
  },
  {
    name: 'refuses-bad-batches',
    title: 'An empty batch, a batch of 501 events, and a batch that is not a list get 400',
    async run({ client, newEvent }) {
      const event = newEvent()
      const tooMany = Array.from({ length: contractLimits.maxBatchEvents + 1 }, () => event)
      for (const events of [[], tooMany, event]) {
        expectRefusal(await client.post({ events }, { isBatch: true }), 400, 'invalid_request')
      }
    },
  },
  {
    name: 'takes-full-batches',
    title: 'A batch of 500 events is accepted',
    async run({ client, newEvent }) {
      const events = Array.from({ length: contractLimits.maxBatchEvents }, () => newEvent())
      const results = resultsOf(await client.post({ events }, { isBatch: true }), events.length)
      assert.ok(
        results.every(({ status }) => status === 'stored'),
        'Expected every event to be stored',
      )
    },
  },
]
