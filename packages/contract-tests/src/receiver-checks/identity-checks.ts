import assert from 'node:assert/strict'
import { dedupeId } from '@altcontext/webhook-contract'
import { validFixtures, withOtherPayload } from '../fixtures.ts'
import { expectDuplicate, expectStored, newId, type ReceiverCheck } from './expectations.ts'

/** Which events are the same (decisions/0001). */
export const identityChecks: readonly ReceiverCheck[] = [
  {
    name: 'responds-with-the-webhook-id',
    title: 'An event with a UUID as webhook-id is stored under that id',
    async run({ client, newEvent }) {
      const id = newId()
      assert.equal(expectStored(await client.post(newEvent(), { id })), id)
    },
  },
  {
    name: 'stores-a-repeated-id-once',
    title: 'The same webhook-id again gets 200 with the same id and "duplicate": true',
    async run({ client, newEvent }) {
      const [id, event] = [newId(), newEvent()]
      expectStored(await client.post(event, { id }))
      expectDuplicate(await client.post(event, { id }), id)
    },
  },
  {
    name: 'reads-ids-in-any-case',
    title: 'A webhook-id in capitals is the same id',
    async run({ client, newEvent }) {
      const [id, event] = [newId(), newEvent()]
      expectStored(await client.post(event, { id }))
      const again = await client.post(event, { id: id.toUpperCase() })
      assert.equal(
        (again.body as { duplicate?: unknown }).duplicate,
        true,
        `Expected a duplicate, got ${again.text}`,
      )
    },
  },
  {
    name: 'computes-the-dedupe-id',
    title: 'An event without webhook-id gets the UUIDv5 of its type, time and tenant',
    applies: ({ options }) => options.signingSecret === undefined,
    async run({ client, newEvent }) {
      const event = newEvent()
      assert.equal(expectStored(await client.post(event)), dedupeId(event))
    },
  },
  {
    name: 'stores-a-repeated-triple-once',
    title: 'Without webhook-id, the same tenant, type and time is one event, whatever the rest says',
    applies: ({ options }) => options.signingSecret === undefined,
    async run({ client, contract, newEvent }) {
      const event = newEvent()
      const first = expectStored(await client.post(event))
      expectDuplicate(await client.post(withOtherPayload(contract, event)), first)
    },
  },
  {
    name: 'reads-instants-not-texts',
    title: 'Without webhook-id, one instant written with another offset is the same event',
    applies: ({ options }) => options.signingSecret === undefined,
    async run({ client, newEvent }) {
      const event = newEvent()
      const first = expectStored(await client.post(event))
      const elsewhere = new Date(Date.parse(event.occurredAt) + 20_700_000)
        .toISOString()
        .replace('Z', '+05:45')
      expectDuplicate(await client.post({ ...event, occurredAt: elsewhere }), first)
    },
  },
  {
    name: 'tells-tenants-apart',
    title: 'Without webhook-id, the same type and time of another tenant is another event',
    async run({ client, newEvent }) {
      const first = expectStored(await client.post(newEvent()))
      assert.notEqual(expectStored(await client.post(newEvent())), first)
    },
  },
  {
    name: 'tells-types-apart',
    title: 'Without webhook-id, another type of the same tenant and time is another event',
    applies: ({ contract }) => Object.keys(contract.events).length > 1,
    async run({ client, contract, newEvent }) {
      const event = newEvent()
      const other = validFixtures(contract).find(({ eventType }) => eventType !== event.eventType)
      const first = expectStored(await client.post(event))
      const second = await client.post({ ...other, tenantId: event.tenantId, occurredAt: event.occurredAt })
      assert.notEqual(expectStored(second), first)
    },
  },
  {
    name: 'tells-milliseconds-apart',
    title: 'Without webhook-id, the same type and tenant a millisecond later is another event',
    async run({ client, newEvent }) {
      const event = newEvent()
      const first = expectStored(await client.post(event))
      const occurredAt = new Date(Date.parse(event.occurredAt) + 1).toISOString()
      const later = await client.post({ ...event, occurredAt })
      assert.notEqual(expectStored(later), first)
    },
  },
  {
    name: 'keeps-distinct-ids-of-one-instant',
    title: 'Three events of one tenant, type and instant with ids of their own are three events',
    async run({ client, newEvent }) {
      const event = newEvent()
      const ids = [newId(), newId(), newId()]
      for (const id of ids) assert.equal(expectStored(await client.post(event, { id })), id)
    },
  },
  {
    name: 'stores-concurrent-duplicates-once',
    title: 'Exactly one of 20 concurrent deliveries of one event is the first',
    async run({ client, newEvent }) {
      const [id, event] = [newId(), newEvent()]
      const responses = await Promise.all(Array.from({ length: 20 }, () => client.post(event, { id })))
      const firsts = responses.filter(({ body }) => (body as { duplicate?: unknown }).duplicate === undefined)
      assert.ok(
        responses.every(({ status }) => status === 200),
        `Expected 200 twenty times, got ${responses.map(({ status }) => status)}`,
      )
      assert.equal(firsts.length, 1, `Expected one delivery that is not a duplicate, got ${firsts.length}`)
    },
  },
]
