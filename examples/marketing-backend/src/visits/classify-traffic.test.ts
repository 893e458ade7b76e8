import { expect, test } from 'vitest'
import { classifyTraffic } from './classify-traffic.ts'

const ownHosts = new Set(['example.com'])

test.each([
  [undefined, 'direct'],
  ['https://www.google.com/', 'organic_search'],
  ['https://duckduckgo.com/', 'organic_search'],
  ['https://mail.google.com/', 'email'],
  ['https://t.co/abc', 'social'],
  ['https://not-google.com/', 'referral'],
  ['https://a11y-weekly.example/issue-12', 'referral'],
  ['https://example.com/pricing', 'internal'],
  ['somewhere', 'unknown'],
])('a visit from %s is %s', (referrer, expected) => {
  expect(classifyTraffic({ referrer, ownHosts })).toBe(expected)
})

test.each([
  [{ source: 'google', medium: 'cpc' }, 'paid_search'],
  [{ source: 'newsletter', medium: 'Email' }, 'email'],
  [{ source: 'linkedin', medium: 'paid-social' }, 'social'],
  [{ source: 'conference' }, 'campaign'],
] as const)('a link tagged %j is %s, whatever page it was on', (utm, expected) => {
  expect(classifyTraffic({ utm, referrer: 'https://www.google.com/', ownHosts })).toBe(expected)
})
