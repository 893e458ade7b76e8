import { createSigningSecret } from '@altcontext/webhook-contract'
import {
  isReceiverError,
  type ReceiverError,
  resolveWebhookReceiverOptions,
  type WebhookReceiverOptions,
} from '@altcontext/webhook-receiver'
import type { Database } from '@altcontext/webhook-store'
import { describe, expect, test } from 'vitest'

const database: Database = { query: async () => [], transaction: (run) => run(database) }
const valid: WebhookReceiverOptions = { database, adminKeys: 'a-key-of-24-characters-ok' }

const errorOf = (options: object): ReceiverError => {
  try {
    resolveWebhookReceiverOptions({ ...valid, ...options } as WebhookReceiverOptions)
  } catch (error) {
    if (isReceiverError(error)) return error
  }
  throw new Error('Nothing was refused.')
}

describe('options', () => {
  test.each([
    'rateLimit',
    'wrongKeyRateLimit',
    'path',
    'maxBodyBytes',
    'maxBatchBodyBytes',
    'writeTimeoutMs',
    'contract',
    'propertyId',
  ] as const)('%s: undefined keeps the default', (name) => {
    const { [name]: expected } = resolveWebhookReceiverOptions(valid)
    expect(resolveWebhookReceiverOptions({ ...valid, [name]: undefined })[name]).toEqual(expected)
    expect(expected).toBeDefined()
  })

  test('undefined inside a rate limit keeps the default', () => {
    const unset = { max: undefined, timeWindowMs: undefined }
    const resolved = resolveWebhookReceiverOptions({ ...valid, rateLimit: unset, wrongKeyRateLimit: unset })
    expect(resolved.rateLimit).toEqual({ max: 300, timeWindowMs: 60_000, redis: undefined })
    expect(resolved.wrongKeyRateLimit).toEqual({ max: 30, timeWindowMs: 60_000 })
  })

  test.each([
    [{ rateLimit: null }],
    [{ rateLimit: true }],
    [{ rateLimit: 0 }],
    [{ rateLimit: { max: 0 } }],
    [{ rateLimit: { max: Number.NaN } }],
    [{ rateLimit: { max: Number.POSITIVE_INFINITY } }],
    [{ rateLimit: { max: '300' } }],
    [{ rateLimit: { timeWindowMs: 0 } }],
    [{ rateLimit: { redis: {} } }],
    [{ rateLimit: { database: {} } }],
    [{ rateLimit: { redis: { eval: async () => [] }, database: valid.database } }],
    [{ wrongKeyRateLimit: false }],
    [{ wrongKeyRateLimit: { max: Number.POSITIVE_INFINITY } }],
    [{ adminKeys: 'short' }],
    [{ adminKeys: ['a-key-of-24-characters-ok', 'short'] }],
    [{ adminKeys: 'ключ-ключ-ключ-ключ-ключ-ключ' }],
    [{ signingSecrets: '' }],
    [{ signingSecrets: [] }],
    [{ signingSecrets: [undefined] }],
    [{ signingSecrets: [createSigningSecret(), 'whsec_short'] }],
    [{ maxBodyBytes: 0 }],
    [{ maxBatchBodyBytes: Number.POSITIVE_INFINITY }],
    [{ writeTimeoutMs: 0 }],
    [{ path: 'no-slash' }],
    [{ path: '/*' }],
    [{ path: '/hooks/' }],
    [{ database: undefined }],
    [{ writer: { write: null } }],
    [{ adminKey: 'a-key-of-24-characters-ok' }],
    [{ rateLimit: { maximum: 5 } }],
  ])('refuses what would loosen or break it: %j', (options) => {
    expect(errorOf(options)).toMatchObject({ name: 'ReceiverError', code: 'invalid_options' })
  })

  test('names the option that was probably meant, from JavaScript too', () => {
    const { message } = errorOf({ signingSecret: createSigningSecret(), rateLimit: { timeWindow: 5 } })
    expect(message).toBe(
      'Failed to set up a webhook receiver: rateLimit.timeWindow is not an option; did you mean timeWindowMs?; ' +
        'signingSecret is not an option; did you mean signingSecrets?. Correct the options.',
    )
  })

  test("leaves Fastify's own options of a plugin alone", () => {
    const options = { ...valid, prefix: '/hooks', logLevel: 'warn' }
    expect(() => resolveWebhookReceiverOptions(options)).not.toThrow()
  })

  test('names every problem in one sentence, without keys and secrets', () => {
    const { message } = errorOf({
      adminKeys: 'short-secret',
      signingSecrets: 'my-secret',
      path: 'nowhere',
      rateLimit: { max: 0 },
      maxBodyBytes: 1,
    })
    expect(message).toBe(
      'Failed to set up a webhook receiver: ' +
        'adminKeys has 12 characters, expected at least 24; ' +
        'path is "nowhere", expected plain segments such as "/v1/webhooks/description-service"; ' +
        'signingSecrets is not a signing secret, expected "whsec_" and base64 of 24 to 64 bytes; ' +
        'rateLimit.max is 0, expected a whole number from 1 to 1000000000; ' +
        'maxBodyBytes is 1, expected a whole number from 1024 to 16777216. Correct the options.',
    )
  })
})
