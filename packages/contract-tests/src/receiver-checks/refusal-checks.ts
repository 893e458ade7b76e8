import assert from 'node:assert/strict'
import { contractLimits, descriptionServiceContract } from '@altcontext/webhook-contract'
import { brokenFixtures, eventsWithPrivateFields } from '../fixtures.ts'
import { readVectors } from '../vectors.ts'
import { expectIssues, expectRefusal, newId, pathsOf, type ReceiverCheck, resultsOf } from './expectations.ts'

const address = 'contract-tests@example.com'

const keyChecks: readonly ReceiverCheck[] = [
  [
    'refuses-a-wrong-key',
    'A wrong key',
    (key: string) => `${key.slice(0, -1)}${key.endsWith('x') ? 'y' : 'x'}`,
  ],
  ['refuses-half-a-key', 'The first half of the key', (key: string) => key.slice(0, key.length / 2)],
  ['refuses-a-longer-key', 'The key and one character more', (key: string) => `${key}x`],
  ['refuses-a-missing-key', 'A missing key', () => null],
].map(([name, what, change]) => ({
  name: name as string,
  title: `${what} answers 401 unauthorized`,
  async run({ client, newEvent, options }) {
    const adminKey = (change as (key: string) => string | null)(options.adminKey)
    expectRefusal(await client.post(newEvent(), { adminKey }), 401, 'unauthorized')
  },
}))

/** Broken events of the shared vectors, one check each. Those about the clock have a check of their own. */
const vectorChecks: readonly ReceiverCheck[] = readVectors('parsing')
  .vectors.flatMap(({ title, input, issues }) => (issues === undefined ? [] : [{ title, input, issues }]))
  .filter(({ title }) => !title.includes('ahead of the clock'))
  .map(({ title, input, issues }) => ({
    name: `refuses-${title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`,
    title: `An event with a fault (${title}) answers 400 with the issue at ${issues.map((path) => path || 'the root').join(' and ')}`,
    // They are written for the events of one contract.
    applies: ({ contract }) => contract.name === descriptionServiceContract.name,
    async run({ client }) {
      expectIssues(await client.post(input), issues)
    },
  }))

/** What has to be refused, and how. */
export const refusalChecks: readonly ReceiverCheck[] = [
  ...keyChecks,
  {
    name: 'checks-the-key-first',
    title: 'Without the key nothing is said about the body: a broken event answers 401',
    async run({ client }) {
      expectRefusal(await client.post('{', { adminKey: null }), 401, 'unauthorized')
    },
  },
  {
    name: 'checks-the-key-of-batches',
    title: 'The batch route asks for the key as well',
    async run({ client, newEvent }) {
      const batch = { events: [newEvent()] }
      expectRefusal(await client.post(batch, { isBatch: true, adminKey: null }), 401, 'unauthorized')
    },
  },
  ...vectorChecks,
  {
    name: 'refuses-the-future',
    title: 'An event 25 hours ahead of the clock answers 400 with the issue at occurredAt',
    async run({ client, newEvent }) {
      const occurredAt = new Date(Date.now() + 25 * 3_600_000).toISOString()
      expectIssues(await client.post(newEvent({ occurredAt })), ['occurredAt'])
    },
  },
  {
    name: 'refuses-every-broken-rule',
    title: 'Of a batch of events that break one rule each, every one is invalid with the issue at its field',
    async run({ client, contract, newTenant }) {
      const broken = brokenFixtures(contract, newTenant())
      const events = broken.map(({ event }) => ({ id: newId(), ...event }))
      const results = resultsOf(await client.post({ events }, { isBatch: true }), broken.length)
      for (const [index, { title, path }] of broken.entries()) {
        const result = results[index]
        assert.equal(
          result?.status,
          'invalid',
          `Expected ${title} to be invalid, got ${JSON.stringify(result)}`,
        )
        assert.ok(
          pathsOf(result).includes(path),
          `Expected ${title} to be refused at ${path}, got ${JSON.stringify(result)}`,
        )
      }
    },
  },
  {
    name: 'refuses-bad-json',
    title: 'A body that is not JSON answers 400',
    async run({ client }) {
      expectRefusal(await client.post('{"eventType":'), 400, 'invalid_request')
    },
  },
  {
    name: 'refuses-other-content-types',
    title: 'A body that is not application/json answers 415',
    async run({ client, newEvent }) {
      const headers = { 'content-type': 'text/plain' }
      expectRefusal(await client.post(newEvent(), { headers }), 415)
    },
  },
  {
    name: 'refuses-large-bodies',
    title: `A body of more than ${contractLimits.maxBodyBytes} bytes answers 413`,
    async run({ client, newEvent }) {
      const event = newEvent()
      const padding = 'x'.repeat(contractLimits.maxBodyBytes)
      expectRefusal(await client.post({ ...event, payload: { ...event.payload, padding } }), 413)
    },
  },
  {
    name: 'repeats-no-address',
    title: 'A refusal repeats nothing of what was sent, addresses least of all',
    async run({ client, contract, newEvent }) {
      const event = newEvent()
      const [sample = event] = eventsWithPrivateFields(contract, address)
      const lists = Object.keys(sample.payload).map((field) => [field, [address]])
      const broken = { ...sample, payload: Object.fromEntries(lists) }
      for (const body of [
        broken,
        { ...event, eventType: address },
        `{"email":"${address}`,
        { ...event, occurredAt: address },
      ]) {
        const answer = await client.post(body)
        expectRefusal(answer, 400)
        assert.ok(!answer.text.includes(address), 'Expected a response without the address that was sent')
      }
    },
  },
]
