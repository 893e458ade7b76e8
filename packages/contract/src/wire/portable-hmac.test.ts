import { inspect } from 'node:util'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import * as node from './node-hmac.ts'
import * as portable from './portable-hmac.ts'

test('both ways to an HMAC give the same bytes, whatever the key and the text', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 24, maxLength: 64 }),
      fc.array(fc.oneof(fc.string(), fc.string({ unit: 'grapheme' }), fc.uint8Array()), { maxLength: 4 }),
      (secret, parts) => {
        const expected = node.hmacSha256(node.createHmacKey(secret), parts)
        const actual = portable.hmacSha256(portable.createHmacKey(secret), parts)
        expect(Buffer.from(actual).toString('hex')).toBe(Buffer.from(expected).toString('hex'))
      },
    ),
  )
})

test.each([
  ["Node's", node.createHmacKey],
  ['portable', portable.createHmacKey],
])('printing the %s key shows nothing of the secret', (_, create) => {
  const key = create(new Uint8Array(32).fill(171))
  expect(`${inspect(key, { showHidden: true, depth: 5 })} ${JSON.stringify(key)}`).not.toMatch(/ab\b|171/i)
})
