import { deltaReasonSchema, nullReasonSchema, tenantSortKeys } from '@altcontext/webhook-metrics'
import { expect, test } from 'vitest'
import { en } from './en.ts'
import { fr } from './fr.ts'
import type { Piece } from './pieces.ts'

type Leaf = string | ((...args: never[]) => string | Piece[]) | Piece[]

const leavesOf = (messages: object, path = ''): [path: string, leaf: Leaf][] =>
  Object.entries(messages).flatMap(([name, value]) =>
    typeof value === 'object' && !Array.isArray(value)
      ? leavesOf(value, `${path}${name}.`)
      : [[`${path}${name}`, value]],
  )

/** The text of a message, with any values. */
const say = (leaf: Leaf): string => {
  const said = typeof leaf === 'function' ? leaf(...(Array(leaf.length).fill(2) as never[])) : leaf
  return typeof said === 'string' ? said : said.map(({ text }) => text).join('')
}

// The same in both languages.
const shared = [
  'language.en',
  'language.fr',
  'act.palette.groups.action',
  'channels.total',
  'channels.named.direct',
  'events.type',
  'health.total',
  'tenants.columns.suggestionsGenerated',
]

test('French has every message of English, and no other', () => {
  expect(
    leavesOf(fr)
      .map(([path]) => path)
      .sort(),
  ).toEqual(
    leavesOf(en)
      .map(([path]) => path)
      .sort(),
  )
})

test('No message is empty, and none of the French ones is left in English', () => {
  const english = new Map(leavesOf(en))
  for (const [path, leaf] of leavesOf(fr)) {
    const original = say(english.get(path) as Leaf)
    expect(original.trim(), path).not.toBe('')
    expect(say(leaf).trim(), path).not.toBe('')
    if (!shared.includes(path)) expect(say(leaf), path).not.toBe(original)
  }
})

test('Messages with values take the same number of values in both languages', () => {
  const english = new Map(leavesOf(en))
  for (const [path, leaf] of leavesOf(fr)) {
    const original = english.get(path)
    if (typeof leaf === 'function' && typeof original === 'function')
      expect(leaf.length, path).toBe(original.length)
    else expect(typeof leaf, path).toBe(typeof original)
  }
})

test('Every reason and column of the metrics routes has a message', () => {
  for (const messages of [en, fr]) {
    expect(Object.keys(messages.reasons).sort()).toEqual([...nullReasonSchema.options].sort())
    const unsaid = ['not_requested', 'no_value']
    expect(Object.keys(messages.deltaReasons).sort()).toEqual(
      deltaReasonSchema.options.filter((reason) => !unsaid.includes(reason)).sort(),
    )
    expect(Object.keys(messages.tenants.columns).sort()).toEqual([...tenantSortKeys].sort())
  }
})

test('The six empty states have six different sentences in each language', () => {
  for (const { empty } of [en, fr]) {
    const sentences = [
      empty.never.text,
      empty.range.text,
      empty.notComputed.text,
      empty.retention.text,
      empty.tooLittle.text('7'),
      empty.error.backend,
    ]
    expect(new Set(sentences).size).toBe(6)
  }
})
