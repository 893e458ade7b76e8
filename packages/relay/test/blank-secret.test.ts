import { resolveRelayOptions } from '@altcontext/webhook-relay'
import { expect, test } from 'vitest'

test.each(['', ' ', ','])(
  'a WEBHOOK_SIGNING_SECRET that is set to %j is refused, never read as unsigned',
  (blank) => {
    const env = {
      WEBHOOK_URL: 'https://receiver.example',
      ADMIN_API_KEY: 'a-key-for-tests-of-24-characters',
      WEBHOOK_SIGNING_SECRET: blank,
    }
    expect(() => resolveRelayOptions({}, env)).toThrow('WEBHOOK_SIGNING_SECRET')
  },
)
