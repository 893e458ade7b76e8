import { expect, test } from 'vitest'
import {
  createEmitterTarget,
  createReceiverDouble,
  createReceiverTarget,
  createWebhookClient,
  isContractTestsError,
} from '../src/index.ts'

const start = () => ({ emit: () => {}, close: () => {} })
// In JavaScript nothing prevents these.
const wrong = <Options>(options: object) => options as Options

test.each([
  [
    'the target of the checks',
    () => createReceiverTarget(wrong({ url: 'ftp://there', rateLimit: 0, adminkey: 'a-key' })),
    'url must be an http address; adminKey is missing, expected text; rateLimit is 0, expected a whole number of at least 1; adminkey is not an option; did you mean adminKey?',
  ],
  [
    'the target of the checks',
    () => createEmitterTarget(start, wrong({ scheduleMs: [-1], timeout: 5 })),
    'scheduleMs[0] is -1, expected a whole number of at least 0; timeout is not an option; did you mean timeoutMs?',
  ],
  [
    'the receiver in memory',
    () => createReceiverDouble({ adminKey: 'a-key', signingSecret: '' }),
    'signingSecret is not a signing secret, expected "whsec_" and base64 of 24 to 64 bytes',
  ],
  [
    'the client of a receiver',
    () => createWebhookClient({ url: 'http://there', adminKey: 'a-key', timeoutMs: 1.5 }),
    'timeoutMs is 1.5, expected a whole number of at least 1',
  ],
])('%s names every option that is wrong', (what, create, problems) => {
  let thrown: unknown
  try {
    create()
  } catch (error) {
    thrown = error
  }
  expect(isContractTestsError(thrown) && [thrown.code, thrown.message]).toEqual([
    'invalid_options',
    `Failed to create ${what}: ${problems}.`,
  ])
})
