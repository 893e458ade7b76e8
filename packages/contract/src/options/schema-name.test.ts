import { expect, test } from 'vitest'
import { isSchemaName } from './schema-name.ts'

test.each([
  ['a', true],
  ['a'.repeat(63), true],
  ['a'.repeat(64), false],
  // Of two bytes each: PostgreSQL counts bytes.
  ['ä'.repeat(31), true],
  ['ä'.repeat(32), false],
  ['', false],
  ['a\0b', false],
  [undefined, false],
])('whether %j is a name of a schema: %j', (name, expected) => {
  expect(isSchemaName(name)).toBe(expected)
})
