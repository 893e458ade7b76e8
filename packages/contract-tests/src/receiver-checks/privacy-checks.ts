import assert from 'node:assert/strict'
import { expectStored, newId, type ReceiverCheck, scanOf } from './expectations.ts'
import type { ReceiverTarget } from './receiver-target.ts'

const address = 'contract-tests@example.com'

const storedTextOf = async (
  { client, newTenant, options }: ReceiverTarget,
  eventType: string,
  payload: object,
) => {
  const id = expectStored(await client.post({ ...scanOf(newTenant()), eventType, payload }, { id: newId() }))
  const stored = await options.readStored?.(id)
  assert.ok(stored !== undefined && stored !== null, 'Expected the event to be stored')
  return JSON.stringify(stored)
}

const applies = ({ options }: ReceiverTarget): boolean => options.readStored !== undefined

/** What is never stored (roadmap §8). They need `readStored`. */
export const privacyChecks: readonly ReceiverCheck[] = [
  {
    name: 'stores-no-address',
    title: 'The address of tenant.created is not stored',
    applies,
    async run(target) {
      const stored = await storedTextOf(target, 'tenant.created', { email: ` ${address.toUpperCase()} ` })
      assert.ok(!stored.toLowerCase().includes(address), 'Expected no address in what is stored')
    },
  },
  {
    name: 'stores-origins-only',
    title: 'Of siteUrl only the origin is stored',
    applies,
    async run(target) {
      const siteUrl = `https://ada:secret@shop.example/path?email=${address}`
      const stored = await storedTextOf(target, 'tenant.created', { siteUrl })
      assert.ok(stored.includes('https://shop.example'), 'Expected the origin to be stored')
      assert.doesNotMatch(stored, /secret|path|example\.com/, 'Expected nothing but the origin')
    },
  },
  {
    name: 'redacts-error-messages',
    title: 'Addresses, credentials and tokens in errorMessage are not stored',
    applies,
    async run(target) {
      const errorMessage = `Failed for ${address}: GET https://u:hunter2@host.example/?key=1`
      const stored = await storedTextOf(target, 'scan.failed', { jobId: 'j', mediaCount: 1, errorMessage })
      assert.ok(stored.includes('Failed for'), 'Expected the rest of the message to be stored')
      assert.doesNotMatch(stored, /example\.com|hunter2|key=1/, 'Expected a redacted message')
    },
  },
  {
    name: 'stores-no-unknown-fields',
    title: 'Fields that the contract does not know are not stored',
    applies,
    async run(target) {
      const payload = { siteUrl: null, contact: address, nested: { address } }
      const stored = await storedTextOf(target, 'tenant.created', payload)
      assert.ok(!stored.includes(address), 'Expected unknown fields to be dropped')
    },
  },
]
