import { expect, test } from 'vitest'
import { createReceiverTarget, receiverChecks, runChecks } from '../src/index.ts'
import { type ReceiverFault, startReferenceReceiver } from './reference-receiver.ts'

const adminKey = 'reference-admin-key-of-30-chars'
const signingSecret = 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8='
/** Runs checks, all or the named one, and returns what failed. */
const failuresOf = async (
  { fault, secret, maxRequests }: { fault?: ReceiverFault; secret?: string | undefined; maxRequests: number },
  only?: string,
): Promise<string[]> => {
  const receiver = await startReferenceReceiver({ adminKey, signingSecret: secret, maxRequests }, fault)
  try {
    const target = createReceiverTarget({
      url: receiver.url,
      adminKey,
      signingSecret: secret,
      readStored: receiver.readStored,
      rateLimit: maxRequests,
    })
    const checks = receiverChecks.filter(({ name }) => only === undefined || name === only)
    const results = await runChecks(checks, target)
    return results.flatMap(({ name, status, message }) =>
      status === 'failed' ? [`${name}: ${message}`] : [],
    )
  } finally {
    await receiver.close()
  }
}

/** The check that has to catch each fault. Others may notice it too. */
const catchers: Record<ReceiverFault, string> = {
  'compares half of the key': 'refuses-half-a-key',
  'ignores the key': 'refuses-a-wrong-key',
  'reads the body before the key': 'checks-the-key-first',
  'leaves the batch route open': 'checks-the-key-of-batches',
  'makes up ids': 'answers-with-the-webhook-id',
  'minds the case of ids': 'reads-ids-in-any-case',
  'dedupes without the tenant': 'tells-tenants-apart',
  'dedupes without the type': 'tells-types-apart',
  'dedupes by the second': 'tells-milliseconds-apart',
  'dedupes by the text of the time': 'reads-instants-not-texts',
  'dedupes by triple although there is an id': 'keeps-distinct-ids-of-one-instant',
  'looks for duplicates before it awaits': 'stores-concurrent-duplicates-once',
  'says nothing of duplicates': 'stores-a-repeated-id-once',
  'answers duplicates with 409': 'stores-a-repeated-id-once',
  'takes unknown types': 'refuses-an-unknown-event-type',
  'takes the tenant of the payload': 'refuses-another-tenant-s-id-in-the-payload',
  'takes negative counts': 'refuses-a-negative-count',
  'takes the future': 'refuses-the-future',
  'refuses unknown fields': 'drops-unknown-fields',
  'refuses a charset': 'accepts-a-charset',
  'takes any content type': 'refuses-other-content-types',
  'takes any size': 'refuses-large-bodies',
  'repeats what was sent': 'repeats-no-address',
  'answers 422': 'refuses-bad-json',
  'forgets the issues': 'refuses-a-missing-field',
  'refuses a batch for one event': 'keeps-neighbours-of-invalid-events',
  'answers batches out of order': 'answers-batches-in-order',
  'takes any number of events': 'refuses-bad-batches',
  'ignores signatures': 'refuses-a-foreign-signature',
  'ignores the age of signatures': 'refuses-a-stale-timestamp',
  'keeps the address': 'stores-no-address',
  'keeps the site address': 'stores-origins-only',
  'keeps error messages': 'redacts-error-messages',
  'keeps unknown fields': 'stores-no-unknown-fields',
  'has no rate limit': 'limits-the-rate',
  'says not how long to wait': 'limits-the-rate',
}

// As many requests as our own receiver takes in a minute: the suite must fit.
test.each([undefined, signingSecret])(
  'a receiver without a fault passes every check (secret: %s)',
  { timeout: 60_000 },
  async (secret) => {
    expect(await failuresOf({ secret, maxRequests: 300 })).toEqual([])
  },
)

test.each(Object.entries(catchers) as [ReceiverFault, string][])(
  'a receiver that %s is caught by %s',
  { timeout: 60_000 },
  async (fault, catcher) => {
    const secret = fault.includes('signatures') ? signingSecret : undefined
    const failures = await failuresOf({ fault, secret, maxRequests: 40 }, catcher)
    expect(failures.map((failure) => failure.split(':')[0])).toEqual([catcher])
  },
)
