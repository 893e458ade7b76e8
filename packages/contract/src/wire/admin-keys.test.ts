import { expect, test } from 'vitest'
import { adminKeyProblem, readAdminKeys } from './admin-keys.ts'

const key = 'a-key-with-24-characters'

test('reads one key, a list, and ignores what is not set', () => {
  expect(readAdminKeys(key).keys).toEqual([key])
  expect(readAdminKeys([key, undefined, '', `${key}-2`]).keys).toEqual([key, `${key}-2`])
  expect(readAdminKeys(undefined)).toEqual({ keys: [], problems: [] })
})

test('names every key that cannot be one, without showing it', () => {
  expect(readAdminKeys(['too-short', `${key}\n`, key]).problems).toEqual([
    'one of adminKeys has 9 characters, expected at least 24',
    'one of adminKeys has characters that a header cannot carry, expected visible ASCII',
  ])
})

test('takes 24 visible ASCII characters, and not 23', () => {
  expect(adminKeyProblem(key)).toBeUndefined()
  expect(adminKeyProblem(key.slice(1))).toBe('has 23 characters, expected at least 24')
})
