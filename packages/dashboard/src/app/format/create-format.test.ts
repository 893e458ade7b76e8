import { expect, test } from 'vitest'
import { createFormat } from './create-format.ts'

const plain = (text: string) => text.replaceAll(/[\u00a0\u202f\u2009]/g, ' ')
const [english, french] = [createFormat('en-CA'), createFormat('fr-CA')]

test('Numbers and shares are written as each language writes them', () => {
  expect([english.count(1234567), plain(french.count(1234567))]).toEqual(['1,234,567', '1 234 567'])
  expect([english.percent(0.9787), plain(french.percent(0.9787))]).toEqual(['97.9%', '97,9 %'])
  expect([english.decimal(62.47), french.decimal(62.47)]).toEqual(['62.5', '62,5'])
})

test('Durations take the one or two units that say most', () => {
  const minute = 60_000
  const written = [
    0,
    999,
    3212,
    59_949,
    59_950,
    44 * minute,
    164 * minute,
    24 * 60 * minute,
    50 * 60 * minute,
  ]
  expect(written.map((ms) => plain(french.duration(ms)))).toEqual([
    '0 ms',
    '999 ms',
    '3,2 s',
    '59,9 s',
    '1 min',
    '44 min',
    '2 h 44 min',
    '1 j',
    '2 j 2 h',
  ])
})

test('Days and moments are UTC, whatever the zone of the browser', () => {
  expect(english.day('2026-11-22')).toBe('Nov 22, 2026')
  expect(plain(french.moment('2026-11-22T23:59:00.000Z'))).toBe('22 nov. 2026, 23 h 59 UTC')
})
