import { expect, test } from 'vitest'
import { createKeyCheck } from './key-check.ts'

const older = 'the-older-admin-key-of-30-chars'
const newer = 'the-newer-admin-key-of-30-chars'

test('each of two keys passes, so that keys can be rotated', () => {
  const isRight = createKeyCheck([older, newer])
  expect([older, newer].map(isRight)).toEqual([true, true])
})

test.each([
  ['another key', 'the-wrong-admin-key-of-30-chars'],
  ['a prefix of the key', older.slice(0, -1)],
  ['the key and a character more', `${older}x`],
  ['the key in capitals', older.toUpperCase()],
  ['an empty text', ''],
  ['nothing', undefined],
  ['a list with the key', [older]],
])('%s does not pass', (_title, presented) => {
  expect(createKeyCheck([older])(presented)).toBe(false)
})

test('nothing passes when there is no key, not even an empty one', () => {
  for (const keys of [[], ['']]) {
    expect(createKeyCheck(keys)('')).toBe(false)
    expect(createKeyCheck(keys)('undefined')).toBe(false)
  }
})
