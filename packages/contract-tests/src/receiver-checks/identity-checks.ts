import assert from 'node:assert/strict'
import { dedupeId } from '@altcontext/webhook-contract'
import { expectDuplicate, expectStored, newId, type ReceiverCheck, scanOf } from './expectations.ts'

/** Which events are the same (decisions/0001). */
export const identityChecks: readonly ReceiverCheck[] = [
  {
    name: 'answers-with-the-webhook-id',
    title: 'An event with a UUID as webhook-id is stored under that id',
    async run({ client, newTenant }) {
      const id = newId()
      assert.equal(expectStored(await client.post(scanOf(newTenant()), { id })), id)
    },
  },
  {
    name: 'stores-a-repeated-id-once',
    title: 'The same webhook-id again answers 200 with the same id and "duplicate": true',
    async run({ client, newTenant }) {
      const [id, event] = [newId(), scanOf(newTenant())]
      expectStored(await client.post(event, { id }))
      expectDuplicate(await client.post(event, { id }), id)
    },
  },
  {
    name: 'reads-ids-in-any-case',
    title: 'A webhook-id in capitals is the same id',
    async run({ client, newTenant }) {
      const [id, event] = [newId(), scanOf(newTenant())]
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
    async run({ client, newTenant }) {
      const event = scanOf(newTenant())
      assert.equal(expectStored(await client.post(event)), dedupeId(event))
    },
  },
  {
    name: 'stores-a-repeated-triple-once',
    title: 'Without webhook-id, the same tenant, type and time is one event, whatever the rest says',
    applies: ({ options }) => options.signingSecret === undefined,
    async run({ client, newTenant }) {
      const event = scanOf(newTenant())
      const first = expectStored(await client.post(event))
      expectDuplicate(await client.post({ ...event, payload: { ...event.payload, mediaCount: 21 } }), first)
    },
  },
  {
    name: 'reads-instants-not-texts',
    title: 'Without webhook-id, one instant written with another offset is the same event',
    applies: ({ options }) => options.signingSecret === undefined,
    async run({ client, newTenant }) {
      const event = scanOf(newTenant(), { occurredAt: '2026-02-13T12:00:00Z' })
      const first = expectStored(await client.post(event))
      expectDuplicate(await client.post({ ...event, occurredAt: '2026-02-13T17:45:00.000+05:45' }), first)
    },
  },
  {
    name: 'tells-tenants-apart',
    title: 'Without webhook-id, the same type and time of another tenant is another event',
    async run({ client, newTenant }) {
      const first = expectStored(await client.post(scanOf(newTenant())))
      assert.notEqual(expectStored(await client.post(scanOf(newTenant()))), first)
    },
  },
  {
    name: 'tells-types-apart',
    title: 'Without webhook-id, another type of the same tenant and time is another event',
    async run({ client, newTenant }) {
      const event = scanOf(newTenant())
      const failed = { ...event, eventType: 'scan.failed', payload: { jobId: 'job-1', mediaCount: 1 } }
      const first = expectStored(await client.post(event))
      assert.notEqual(expectStored(await client.post(failed)), first)
    },
  },
  {
    name: 'tells-milliseconds-apart',
    title: 'Without webhook-id, the same type and tenant a millisecond later is another event',
    async run({ client, newTenant }) {
      const event = scanOf(newTenant())
      const first = expectStored(await client.post(event))
      const later = await client.post({ ...event, occurredAt: '2026-02-13T12:00:00.001Z' })
      assert.notEqual(expectStored(later), first)
    },
  },
  {
    name: 'keeps-distinct-ids-of-one-instant',
    title: 'Three events of one tenant, type and instant with ids of their own are three events',
    async run({ client, newTenant }) {
      const cluster = {
        ...scanOf(newTenant()),
        eventType: 'cluster.created',
        payload: { clusterId: 'cluster-1', identityCount: 12, algorithm: 'centroid' },
      }
      const ids = [newId(), newId(), newId()]
      for (const id of ids) assert.equal(expectStored(await client.post(cluster, { id })), id)
    },
  },
  {
    name: 'stores-concurrent-duplicates-once',
    title: 'Of 20 concurrent deliveries of one event exactly one is the first',
    async run({ client, newTenant }) {
      const [id, event] = [newId(), scanOf(newTenant())]
      const answers = await Promise.all(Array.from({ length: 20 }, () => client.post(event, { id })))
      const firsts = answers.filter(({ body }) => (body as { duplicate?: unknown }).duplicate === undefined)
      assert.ok(
        answers.every(({ status }) => status === 200),
        `Expected 200 twenty times, got ${answers.map(({ status }) => status)}`,
      )
      assert.equal(firsts.length, 1, `Expected one delivery that is not a duplicate, got ${firsts.length}`)
    },
  },
]
