import { expect, test } from 'vitest'
import { readResults } from './read-results.ts'

const [a, b, c] = ['id-a', 'id-b', 'id-c'] as const
const stored = (eventId: string) => ({ status: 'stored', eventId })
const invalid = { status: 'invalid', error: 'invalid_request', issues: [] }

const read = (results: readonly object[], ids: readonly string[] = [a, b, c]) => {
  const read = readResults({ ok: true, results }, { isBatch: true, ids })
  return 'error' in read ? read.error : read.results.map(({ status }) => status)
}

test.each([
  ['in order', [stored(a), stored(b), stored(c)], ['stored', 'stored', 'stored']],
  [
    'named and reversed: each counts for its own event',
    [{ ...invalid, eventId: c }, stored(b), { status: 'duplicate', eventId: a }],
    ['duplicate', 'stored', 'invalid'],
  ],
  [
    'not named, where the others are in place',
    [stored(a), invalid, stored(c)],
    ['stored', 'invalid', 'stored'],
  ],
  ['none named', [invalid, invalid, invalid], ['invalid', 'invalid', 'invalid']],
  ['named in capitals', [stored('ID-A'), stored(b), stored(c)], ['stored', 'stored', 'stored']],
  ['not named, where the others are out of place', [stored(c), stored(b), invalid], 'mismatched_ids'],
  ['of a foreign event', [stored(a), stored(b), stored('id-x')], 'mismatched_ids'],
  ['of one event twice', [stored(a), stored(a), stored(c)], 'mismatched_ids'],
  ['too few', [stored(a), stored(b)], 'malformed_response'],
  ['too many', [stored(a), stored(b), stored(c), stored(c)], 'malformed_response'],
])('results %s', (_, results, expected) => {
  expect(read(results)).toEqual(expected)
})

test.each([
  [{ ok: true, eventId: a }, ['stored']],
  [{ ok: true, eventId: 'ID-A', duplicate: true }, ['duplicate']],
  [{ ok: true, eventId: b }, 'mismatched_ids'],
  [{ ok: true }, 'malformed_response'],
])('a success of one event: %j', (body, expected) => {
  const read = readResults(body, { isBatch: false, ids: [a] })
  expect('error' in read ? read.error : read.results.map(({ status }) => status)).toEqual(expected)
})
