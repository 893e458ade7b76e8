import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { createSigningSecret, parseSigningSecret } from './signing-key.ts'

const ofBytes = (length: number) => `whsec_${Buffer.alloc(length, 7).toString('base64')}`

test('a created secret is 32 random bytes that parse', () => {
  const secret = createSigningSecret()
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
  expect(parseSigningSecret(secret).key.symmetricKeySize).toBe(32)
  expect(createSigningSecret()).not.toBe(secret)
})

test.each([24, 25, 64])('a secret of %d bytes is read, with or without padding', (length) => {
  expect(parseSigningSecret(ofBytes(length)).key.symmetricKeySize).toBe(length)
  expect(parseSigningSecret(ofBytes(length).replace(/=+$/, '')).key.symmetricKeySize).toBe(length)
})

test.each([
  ['23 bytes', ofBytes(23)],
  ['65 bytes', ofBytes(65)],
  ['no prefix', ofBytes(32).slice(6)],
  ['text that is not base64', `whsec_${'!'.repeat(44)}`],
  ['a space within', ofBytes(32).replace(/.$/, ' ')],
  ['nothing', ''],
])('%s is refused, and the message does not repeat it', (_title, secret) => {
  expect(() => parseSigningSecret(secret)).toThrow(
    'Failed to read a signing secret: expected "whsec_" and 24 to 64 bytes of base64. Create one with createSigningSecret().',
  )
})

test('printing a key shows nothing of the secret', () => {
  const key = parseSigningSecret(ofBytes(32))
  expect(inspect(key, { depth: 9, showHidden: true }) + JSON.stringify(key)).not.toMatch(
    /BwcH|7, 7|07 07|0707/,
  )
})
