import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anyCharacter } from '../../test/any-character.ts'
import { redactText } from './redact-text.ts'

// `npm run fuzz` raises it.
const fuzzFactor = Number(process.env.FUZZ_FACTOR ?? 1)

const addressShapes = [
  'ada@example.com',
  'ADA.LOVELACE+scan@Sub.Example.co.uk',
  "o'brien@example.com",
  'a/b=c@example.com',
  'ada@localhost',
  'ada@[192.168.0.1]',
  'ada@[IPv6:2001:db8::1]',
  'ada(home)@example.com',
  '"ada lovelace"@example.com',
  '"ada\\"x"@example.com',
  'jürgen@bücher.example',
  '用户@例子.公司',
  'ada%40example.com',
  'ada%2540example.com',
  'ada\\u0040example.com',
  'ada\\x40example.com',
  'ada&#64;example.com',
  'ada&commat;example.com',
  'ada＠example.com',
  'ada @ example.com',
  'ada[at]example.com',
  'mailto:ada@example.com?subject=hi',
  '<ada@example.com>,<bob@example.com>',
  'a@b@c@d',
  'ada\u00a0@\u00a0example.com',
  'ada\u3000@\u3000example.com',
  'ada      @      example.com',
  'ada\n@\nexample.com',
  'ada=40example.com',
  'ada+AEA-example.com',
  'ada\\u{40}example.com',
  'ada%u0040example.com',
  'ada at example dot com',
]

const secretShapes = [
  'password=',
  'secret:',
  'token=',
  'Authorization: ',
  'Bearer ',
  'sk_live_',
  'AKIA',
  'whsec_',
  'ABCDEFGH12345',
  '[secret]',
  ' at ',
  ' dot ',
  '=40',
  '+AEA-',
  '\u3000',
]

test.each(addressShapes)('the address %s does not survive in a sentence, a JSON text or a URL', (address) => {
  for (const text of [
    `Failed for ${address} twice`,
    `{"email":${JSON.stringify(address)}}`,
    `Key (email)=(${address}) already exists.`,
    `GET https://host.example/a?email=${address} and https://${address}/x`,
    `${address},${address}`,
    `user:${address};code=5`,
  ]) {
    const redacted = redactText(text)
    expect(redacted).not.toContain(address)
    expect(redacted).not.toMatch(/@|＠|%40|u0040|x40|&#64|commat/)
    if (!redacted.includes('https')) expect(redacted).not.toContain('example')
  }
})

test('what is not a secret stays readable', () => {
  expect(redactText('ada@example.com: GET https://u:p@host/a?key=1 failed')).toBe(
    '[address]: GET https://host/a failed',
  )
  expect(redactText('InvalidArgumentTypeError in decode_image_from_media_store: 4 of 20\n  at line 12')).toBe(
    'InvalidArgumentTypeError in decode_image_from_media_store: 4 of 20\n  at line 12',
  )
  expect(redactText('key ac_live_4f9d8e7c6b5a43210fedcba9 refused')).toBe('key [token] refused')
  expect(redactText('a\0b\u0007c')).toBe('abc')
})

test('a text of 600 characters is cut at 500, and a surrogate pair at the cut becomes one valid character', () => {
  expect(redactText('word '.repeat(120))).toHaveLength(500)
  expect(redactText(`${' '.repeat(499)}😀`)).toBe(`${' '.repeat(499)}\ufffd`)
  expect(redactText('\ud800 lone')).toBe('\ufffd lone')
})

test('half of an address at the end of what is read does not survive', () => {
  const hidden = `${'https://h/?'.padEnd(1990, 'q')} adalovelace@example.com`
  expect(redactText(hidden)).toBe('https://h/ ')
})

const pieces = fc.constantFrom(
  ...addressShapes,
  ...secretShapes,
  ...'@ \t\n"\'<>()[]{},;:=|/\\%&#?+-_.'.split(''),
  'http://',
  'x'.repeat(30),
  'Aa1',
  'abcde-',
  'AbcdeAbcde',
  '\ud800',
  '\udc00',
  '\0',
  '%40',
  '@@',
)
const hostileText = fc.oneof(
  fc.string({ unit: anyCharacter, maxLength: 3000 }),
  fc.array(pieces, { maxLength: 120 }).map((parts) => parts.join('')),
)

test('redacting any text twice is redacting it once, and the result is storable', { tags: ['fuzz'] }, () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      const once = redactText(text)
      expect(once.length).toBeLessThanOrEqual(500)
      expect(once.isWellFormed()).toBe(true)
      expect(once).not.toMatch(/[@\uff20\0]|%40/)
      expect(redactText(once)).toBe(once)
    }),
    { numRuns: 200 * fuzzFactor },
  )
})

test('a generated address within any text does not survive', { tags: ['fuzz'] }, () => {
  fc.assert(
    fc.property(fc.emailAddress(), hostileText, hostileText, (address, before, after) => {
      expect(redactText(`${before.slice(0, 200)} ${address} ${after}`)).not.toContain(address)
      expect(redactText(`${before.slice(0, 200)}${address}${after}`)).not.toContain(address)
    }),
    { numRuns: 100 * fuzzFactor },
  )
})

// Steps cannot be counted from outside; a quadratic pattern would take minutes for these, not seconds.
test.each([
  ['a'],
  ['a@'],
  ['"a'],
  ['" '],
  ['http://'],
  ['%25'],
  ['%25%40'],
  ['&#0'],
  ['\\'],
  ['a \t'],
  ['A-'],
  ['a at '],
  ['a at b dot '],
  ['password="'],
  ['Bearer a'],
  ['authorization:'],
  ['a_token'],
  ['=40a.'],
  ['\u3000'],
  [`${' '.repeat(70)}a`],
])('a megabyte of %j is read within the time of its first 2000 characters', (unit) => {
  const text = unit.repeat(Math.ceil(1_000_000 / unit.length))
  for (let round = 0; round < 200; round += 1) redactText(text)
})
