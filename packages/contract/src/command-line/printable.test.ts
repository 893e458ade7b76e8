import { expect, test } from 'vitest'
import { printable } from './printable.ts'

test.each([
  ['\u001b[2J\u001b]0;title\u0007', '\\u001b[2J\\u001b]0;title\\u0007'],
  ['a\u009b31mred', 'a\\u009b31mred'],
  ['over\rwritten\b', 'over\\u000dwritten\\u0008'],
  ['\u202egnp.exe', '\\u202egnp.exe'],
  ['two\nlines, Zoë, 日本, 🙂', 'two\nlines, Zoë, 日本, 🙂'],
])('shows %j as %j', (text, shown) => {
  expect(printable(text)).toBe(shown)
})

test('leaves JSON the same JSON', () => {
  const value = { detail: '\u001b[2J \u009b \u202e \\ "' }
  expect(JSON.parse(printable(JSON.stringify(value)))).toEqual(value)
})
