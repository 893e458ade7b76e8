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
  ['refuses-a-longer-key', 'The key with one character more', (key: string) => `${key}x`],
  ['refuses-a-missing-key', 'A missing key', () => null],
].map(([name, what, change]) => ({
  name: name as string,
  title: `${what} gets 401 unauthorized`,
  async run({ client, newEvent, options }) {
    const adminKey = (change as (key: string) => string | null)(options.adminKey)
    expectRefusal(await client.post(newEvent(), { adminKey }), 401, 'unauthorized')
  },
}))

/** Broken events of the shared vectors, one check for each. Those about the clock have a check of their own. */
const vectorChecks: readonly ReceiverCheck[] = readVectors('parsing')
  .vectors.flatMap(({ title, input, issues }) => (issues === undefined ? [] : [{ title, input, issues }]))
  .filter(({ title }) => !title.includes('ahead of the clock'))
  .map(({ title, input, issues }) => ({
    name: `refuses-${title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`,
    title: `An event with a fault (${title}) gets 400 with the issue at ${issues.map((path) => path || 'the root').join(' and ')}`,
    // The vectors are written for the events of one contract.
    applies: ({ contract }) => contract.name === descriptionServiceContract.name,
    async run({ client }) {
      expectIssues(await client.post(input), issues)
    },
  }))

/** What must be refused, and how. */
export const refusalChecks: readonly ReceiverCheck[] = [
  ...keyChecks,
  {
    name: 'checks-the-key-first',
    title: 'Without the key nothing is said about the body: a broken event gets 401',
    async run({ client }) {
      expectRefusal(await client.post('{', { adminKey: null }), 401, 'unauthorized')
    },
  },
  {
    name: 'checks-the-key-of-batches',
    title: 'The batch route requires the key too',
    async run({ client, newEvent }) {
      const batch = { events: [newEvent()] }
      expectRefusal(await client.post(batch, { isBatch: true, adminKey: null }), 401, 'unauthorized')
    },
  },
  ...vectorChecks,
  {
    name: 'refuses-the-future',
    title: 'An event 25 hours ahead of the clock gets 400 with the issue at occurredAt',
    async run({ client, newEvent }) {
      const occurredAt = new Date(Date.now() + 25 * 3_600_000).toISOString()
      expectIssues(await client.post(newEvent({ occurredAt })), ['occurredAt'])
    },
  },
  {
    name: 'refuses-every-broken-rule',
    title: 'Every event of a batch in which each breaks one rule is invalid, with the issue at its field',
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
    title: 'A body that is not JSON gets 400',
    async run({ client }) {
      expectRefusal(await client.post('{"eventType":'), 400, 'invalid_request')
    },
  },
  {
    name: 'refuses-other-content-types',
    title: 'A body that is not application/json gets 415',
    async run({ client, newEvent }) {
      const headers = { 'content-type': 'text/plain' }
      expectRefusal(await client.post(newEvent(), { headers }), 415)
    },
  },
  {
    name: 'refuses-large-bodies',
    title: `A body of more than ${contractLimits.maxBodyBytes} bytes gets 413`,
    async run({ client, newEvent }) {
      const event = newEvent()
      const padding = 'x'.repeat(contractLimits.maxBodyBytes)
      expectRefusal(await client.post({ ...event, payload: { ...event.payload, padding } }), 413)
    },
  },
  {
    name: 'repeats-no-address',
    title: 'A refusal repeats nothing that was sent, least of all addresses',
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
        const response = await client.post(body)
        expectRefusal(response, 400)
        assert.ok(!response.text.includes(address), 'Expected a response without the address that was sent')
      }
    },
  },
]
