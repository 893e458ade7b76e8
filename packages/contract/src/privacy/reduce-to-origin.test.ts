import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anyCharacter } from '../../test/any-character.ts'
import { reduceToOrigin } from './reduce-to-origin.ts'

test.each([
  ['https://shop.example', 'https://shop.example'],
  [' https://Shop.Example/path?q=1#x ', 'https://shop.example'],
  ['https://ada:secret@shop.example:8443/a', 'https://shop.example:8443'],
  ['shop.example/path', 'https://shop.example'],
  ['shop.example:8080', 'https://shop.example:8080'],
  ['ada@example.com', 'https://example.com'],
  ['ftp://shop.example', null],
  ['mailto:ada@example.com', null],
  ['javascript:alert(1)', null],
  ['https://ada%40example.com', null],
  ['https://ada＠example.com', null],
  ['not a site', null],
  ['', null],
])('%j is reduced to %j', (siteUrl, expected) => {
  expect(reduceToOrigin(siteUrl)).toBe(expected)
})

test('no text throws, and what comes out is an origin without an @ that is reduced to itself', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: anyCharacter }), fc.webUrl(), fc.emailAddress()), (text) => {
      const origin = reduceToOrigin(text)
      if (origin === null) return
      expect(origin).not.toContain('@')
      expect(reduceToOrigin(origin)).toBe(origin)
    }),
  )
})
