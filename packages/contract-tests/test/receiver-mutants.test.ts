import { expect, test } from 'vitest'
import { type CheckResult, createReceiverTarget, receiverChecks, runChecks } from '../src/index.ts'
import { listen } from '../src/receiver-double/serve-double.ts'
import { runCli } from '../src/run-cli.ts'
import { type ReceiverFault, type ReferenceReceiver, startReferenceReceiver } from './reference-receiver.ts'

const adminKey = 'reference-admin-key-of-30-chars'
const signingSecret = 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8='

/** What is stored, read through a command, as a team without vitest would. */
const serveStored = async (readStored: ReferenceReceiver['readStored']) => {
  const server = await listen(async ({ url }, response) => {
    response.end(JSON.stringify(await readStored(url?.slice(1) ?? '')))
  })
  const script = `fetch('${server.origin}/' + process.env.EVENT_ID).then((r) => r.text()).then(console.log)`
  return { command: `"${process.execPath}" -e "${script}"`, close: server.close }
}

/** Runs `webhook-contract-tests receiver` against a receiver with a fault, with every option that the fault needs. */
const runAgainst = async (fault: ReceiverFault | undefined, isSigned: boolean) => {
  const settings = { adminKey, maxRequests: 300, signingSecret: isSigned ? signingSecret : undefined }
  const receiver = await startReferenceReceiver(settings, fault)
  const stored = await serveStored(receiver.readStored)
  let output = ''
  const write = (text: string) => {
    output += text
  }
  const args = [
    'receiver',
    '--url',
    receiver.url,
    '--admin-key',
    adminKey,
    '--rate-limit',
    '300',
    '--completeness',
  ]
  if (isSigned) args.push('--signing-secret', signingSecret)
  if (fault === undefined || fault.startsWith('keeps ')) args.push('--read-stored', stored.command)
  const exitCode = await runCli(args, { write, writeError: write })
  await Promise.all([receiver.close(), stored.close()])
  return { exitCode, output }
}

const titleOf = (check: string): string =>
  receiverChecks.find(({ name }) => name === check)?.title ?? `no check is named ${check}`

/** The check that must catch each fault. Others may notice it too. */
const catchers: Record<ReceiverFault, string> = {
  'compares half of the key': 'refuses-half-a-key',
  'ignores the key': 'refuses-a-wrong-key',
  'reads the body before the key': 'checks-the-key-first',
  'leaves the batch route open': 'checks-the-key-of-batches',
  'makes up ids': 'responds-with-the-webhook-id',
  'minds the case of ids': 'reads-ids-in-any-case',
  'dedupes without the tenant': 'tells-tenants-apart',
  'dedupes without the type': 'tells-types-apart',
  'dedupes by the second': 'tells-milliseconds-apart',
  'dedupes by the text of the time': 'reads-instants-not-texts',
  'dedupes by triple although there is an id': 'keeps-distinct-ids-of-one-instant',
  'looks for duplicates before it awaits': 'stores-concurrent-duplicates-once',
  'says nothing of duplicates': 'stores-a-repeated-id-once',
  'responds to duplicates with 409': 'stores-a-repeated-id-once',
  'takes unknown types': 'refuses-an-unknown-event-type',
  'takes the tenant of the payload': 'refuses-another-tenant-s-id-in-the-payload',
  'takes negative counts': 'refuses-a-negative-count',
  'takes the future': 'refuses-the-future',
  'refuses unknown fields': 'drops-unknown-fields',
  'refuses a charset': 'accepts-a-charset',
  'takes any content type': 'refuses-other-content-types',
  'takes any size': 'refuses-large-bodies',
  'repeats what was sent': 'repeats-no-address',
  'responds with 422': 'refuses-bad-json',
  'forgets the issues': 'refuses-a-missing-field',
  'refuses a batch for one event': 'keeps-neighbours-of-invalid-events',
  'returns results out of order': 'responds-to-batches-in-order',
  'takes any number of events': 'refuses-bad-batches',
  'ignores signatures': 'refuses-a-foreign-signature',
  'ignores the age of signatures': 'refuses-a-stale-timestamp',
  'keeps the address': 'stores-no-address',
  'keeps the site address': 'stores-origins-only',
  'keeps error messages': 'redacts-error-messages',
  'keeps unknown fields': 'stores-no-unknown-fields',
  'has no rate limit': 'limits-the-rate',
  'says not how long to wait': 'limits-the-rate',
  'always says equal': 'finds-one-lost-event',
  'counts but does not hash': 'finds-one-lost-event',
  'hashes without the salt': 'says-equal-of-the-same-ids',
  'compares all producers as one': 'compares-each-producer-apart',
  'counts the upper bound in': 'says-equal-of-the-same-ids',
  'cuts where nothing was added up': 'cuts-what-differs-into-parts',
  'names ids by wrong hashes': 'names-a-few-ids-by-their-hashes',
  'takes no heartbeats': 'takes-heartbeats',
  'leaves comparisons open': 'checks-the-key-of-comparisons',
}

// As many requests as our own receiver takes in a minute: the suite must fit.
test.each([true, false])('a receiver without a fault passes every check (signed: %s)', async (isSigned) => {
  const { exitCode, output } = await runAgainst(undefined, isSigned)
  expect(output).toMatch(/\n\d+ passed, 0 failed(, \d+ skipped)?\n$/)
  expect(exitCode).toBe(0)
})

/** Runs one check against a receiver with a fault, with every option that the fault needs. */
const runCheck = async (fault: ReceiverFault, name: string): Promise<CheckResult[]> => {
  const secret = fault.includes('signatures') ? signingSecret : undefined
  const receiver = await startReferenceReceiver({ adminKey, maxRequests: 300, signingSecret: secret }, fault)
  const { url, readStored } = receiver
  const target = createReceiverTarget({
    url,
    adminKey,
    signingSecret: secret,
    rateLimit: 300,
    completeness: true,
    readStored,
  })
  const results = await runChecks(
    receiverChecks.filter((check) => check.name === name),
    target,
  )
  await receiver.close()
  return results
}

test.each(Object.entries(catchers) as [ReceiverFault, string][])(
  'a receiver that %s turns the command red, with the sentence of %s',
  async (fault, catcher) => {
    // `npm run mutants` runs the whole command against each; the suite the check that must catch it.
    if (process.env.MUTANTS !== 'all') {
      expect(await runCheck(fault, catcher)).toMatchObject([{ name: catcher, status: 'failed' }])
      return
    }
    const { exitCode, output } = await runAgainst(fault, fault.includes('signatures'))
    expect(output).toContain(`✗ ${titleOf(catcher)} (`)
    expect(exitCode).toBe(1)
  },
)
