import { expect, test } from 'vitest'
import { refusalReasons, wordsOfRefusal } from './refusal-reasons.ts'
import { responses } from './responses.ts'

test('every reason has words, and its response is one of the webhook routes', () => {
  for (const [reason, { response }] of Object.entries(refusalReasons)) {
    expect(wordsOfRefusal(reason), reason).toMatch(/^[A-Z].*\.$/)
    expect(responses[response].routes, reason).toContain('webhooks')
  }
  expect(wordsOfRefusal('of_the_host')).toBeNull()
  expect(wordsOfRefusal('constructor')).toBeNull()
})
