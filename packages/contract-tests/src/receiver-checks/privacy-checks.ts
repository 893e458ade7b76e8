import assert from 'node:assert/strict'
import { redactText, reduceToOrigin } from '@altcontext/webhook-contract'
import { type EventFixture, eventsWithPrivateFields, eventsWithReducedText } from '../fixtures.ts'
import { expectStored, newId, type ReceiverCheck } from './expectations.ts'
import type { ReceiverTarget } from './receiver-target.ts'

const address = 'contract-tests@example.com'
const siteUrl = `https://ada:secret@shop.example/path?email=${address}`
const errorMessage = `Failed for ${address}: GET https://u:hunter2@host.example/?key=1`

const storedTextOf = async ({ client, options }: ReceiverTarget, event: EventFixture) => {
  const id = expectStored(await client.post(event, { id: newId() }))
  const stored = await options.readStored?.(id)
  assert.ok(stored !== undefined && stored !== null, 'Expected the event to be stored')
  return JSON.stringify(stored)
}

const isReadable = ({ options }: ReceiverTarget): boolean => options.readStored !== undefined
/** Stores each of some events, and checks what is stored. */
const storedTextCheck = (
  eventsOf: (target: ReceiverTarget) => readonly EventFixture[],
  expectOf: (stored: string) => void,
  check: Pick<ReceiverCheck, 'name' | 'title'>,
): ReceiverCheck => ({
  ...check,
  applies: (target) => isReadable(target) && eventsOf(target).length > 0,
  async run(target) {
    for (const event of eventsOf(target)) expectOf(await storedTextOf(target, event))
  },
})

/** What is never stored (roadmap §8). They need `readStored`. */
export const privacyChecks: readonly ReceiverCheck[] = [
  storedTextCheck(
    ({ contract }) => eventsWithPrivateFields(contract, address.toUpperCase()),
    (stored) => assert.ok(!stored.toLowerCase().includes(address), 'Expected no address in what is stored'),
    { name: 'stores-no-address', title: 'What the contract marks as private is not stored' },
  ),
  storedTextCheck(
    ({ contract }) => eventsWithReducedText(contract, siteUrl, reduceToOrigin(siteUrl)),
    (stored) => {
      assert.ok(stored.includes('https://shop.example'), 'Expected the origin to be stored')
      assert.doesNotMatch(stored, /secret|path|example\.com/, 'Expected nothing but the origin')
    },
    { name: 'stores-origins-only', title: "Only the origin of a site's address is stored" },
  ),
  storedTextCheck(
    ({ contract }) => eventsWithReducedText(contract, errorMessage, redactText(errorMessage)),
    (stored) => {
      assert.ok(stored.includes('Failed for'), 'Expected the rest of the message to be stored')
      assert.doesNotMatch(stored, /example\.com|hunter2|key=1/, 'Expected a redacted message')
    },
    {
      name: 'redacts-error-messages',
      title: 'Addresses, credentials and tokens in free texts are not stored',
    },
  ),
  {
    name: 'stores-no-unknown-fields',
    title: 'Fields that the contract does not know are not stored',
    applies: isReadable,
    async run(target) {
      const event = target.newEvent()
      const payload = { ...event.payload, contact: address, nested: { address } }
      const stored = await storedTextOf(target, { ...event, payload })
      assert.ok(!stored.includes(address), 'Expected unknown fields to be dropped')
    },
  },
]
