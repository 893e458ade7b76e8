import assert from 'node:assert/strict'
import { newId, type ReceiverCheck } from './expectations.ts'

/** Comes last: it uses up the minute's requests. */
export const rateLimitChecks: readonly ReceiverCheck[] = [
  {
    name: 'limits-the-rate',
    title: 'Past the limit of the minute the response is 429 with Retry-After, and nothing is stored',
    applies: ({ options }) => options.rateLimit !== undefined,
    async run({ client, newEvent, options }) {
      for (let sent = 0; sent <= (options.rateLimit ?? 0); sent += 1) {
        const { status, headers } = await client.post(newEvent(), { id: newId() })
        if (status !== 429) continue
        assert.match(headers.get('retry-after') ?? '', /^\d+$/, 'Expected Retry-After in seconds')
        return
      }
      assert.fail(`Expected 429 within ${(options.rateLimit ?? 0) + 1} requests`)
    },
  },
]
