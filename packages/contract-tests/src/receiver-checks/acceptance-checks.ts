import { eventsWithNulls, validFixtures } from '../fixtures.ts'
import { expectStored, newId, type ReceiverCheck } from './expectations.ts'

/** What must be accepted. */
export const acceptanceChecks: readonly ReceiverCheck[] = [
  {
    name: 'accepts-the-roadmap-request',
    title: 'The roadmap\'s request gets 200 { "ok": true, "eventId": "<uuid>" }',
    async run({ client, newEvent }) {
      // As in the roadmap: without an id, and with a time without milliseconds. Without tenants, its time is of this run.
      const event = newEvent()
      const occurredAt = event.occurredAt.replace(/\.\d{3}Z$/, 'Z')
      expectStored(await client.post({ ...event, occurredAt }))
    },
  },
  {
    name: 'accepts-every-event-type',
    title: 'The sample of every event type of the contract is accepted',
    async run({ client, contract, newTenant }) {
      for (const event of validFixtures(contract, newTenant())) {
        expectStored(await client.post(event, { id: newId() }))
      }
    },
  },
  {
    name: 'accepts-python-instants',
    title: "A time as Python's isoformat() writes it, with six digits and an offset, is accepted",
    async run({ client, newEvent }) {
      expectStored(
        await client.post(newEvent({ occurredAt: '2026-02-13T17:45:00.123456+05:45' }), { id: newId() }),
      )
    },
  },
  {
    name: 'accepts-the-past',
    title: 'An event from long ago is accepted',
    async run({ client, newEvent }) {
      expectStored(await client.post(newEvent({ occurredAt: '1999-12-31T23:59:59Z' }), { id: newId() }))
    },
  },
  {
    name: 'accepts-a-clock-ahead',
    title: 'An event 23 hours ahead of the clock is accepted',
    async run({ client, newEvent }) {
      const occurredAt = new Date(Date.now() + 23 * 3_600_000).toISOString()
      expectStored(await client.post(newEvent({ occurredAt })))
    },
  },
  {
    name: 'drops-unknown-fields',
    title: 'Fields that the contract does not know do not make an event invalid',
    async run({ client, newEvent }) {
      const event = newEvent()
      expectStored(await client.post({ ...event, extra: 1, payload: { ...event.payload, colour: 'red' } }))
    },
  },
  {
    name: 'accepts-a-repeated-tenant',
    title: "A payload may repeat the envelope's tenantId",
    async run({ client, newEvent }) {
      const event = newEvent()
      expectStored(await client.post({ ...event, payload: { ...event.payload, tenantId: event.tenantId } }))
    },
  },
  {
    name: 'accepts-nulls',
    title: 'Fields that may be null by the contract may be null',
    applies: ({ contract }) => eventsWithNulls(contract).length > 0,
    async run({ client, contract }) {
      for (const event of eventsWithNulls(contract)) expectStored(await client.post(event, { id: newId() }))
    },
  },
  {
    name: 'accepts-a-charset',
    title: '"application/json; charset=utf-8" is JSON too',
    async run({ client, newEvent }) {
      const headers = { 'content-type': 'application/json; charset=utf-8' }
      expectStored(await client.post(newEvent(), { headers }))
    },
  },
]
