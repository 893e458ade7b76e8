import { expect, test } from 'vitest'
import { normaliseChannel } from './normalise-channel.ts'

test.each([
  ['newsletter', 'email'],
  ['Newsletter ', 'email'],
  ['E-Mail', 'email'],
  ['email', 'email'],
  ['Google Ads', 'paid_search'],
  ['organic', 'organic_search'],
  ['organic_search', 'organic_search'],
  ['  Trade  Fair ', 'trade_fair'],
  ['trade-fair', 'trade_fair'],
  ['', 'unknown'],
  [null, 'unknown'],
  [undefined, 'unknown'],
])('calls %j %s', (name, channel) => {
  expect(normaliseChannel(name)).toBe(channel)
})

test('takes the host’s own names first, in any spelling', () => {
  const names = { 'Partner Portal': 'partner', newsletter: 'Weekly Letter' }
  expect(normaliseChannel('partner-portal', names)).toBe('partner')
  expect(normaliseChannel('NEWSLETTER', names)).toBe('weekly_letter')
  expect(normaliseChannel('email', names)).toBe('email')
})
