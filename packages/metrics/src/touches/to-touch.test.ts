import { expect, test } from 'vitest'
import { toTouch } from './to-touch.ts'

const visit = {
  startedAt: '2026-02-01T08:00:00.000Z',
  trafficSource: 'campaign',
  landingPath: '/prices?email=ada@example.com#top',
  referrer: 'https://user:secret@news.example.org/story?id=1',
  utmSource: 'Spring Letter ',
  utmMedium: null,
  utmCampaign: 'SPRING',
  utmTerm: null,
  utmContent: 'to ada@example.com',
}

test('keeps where a visit came from, and nothing that names a person', () => {
  const touch = toTouch(visit, {})
  expect(touch).toMatchObject({
    channel: 'campaign',
    source: 'spring letter',
    medium: 'referral',
    campaign: 'spring',
    landing_path: '/prices',
    referrer_host: 'news.example.org',
  })
  expect(JSON.stringify(touch)).not.toMatch(/ada@|secret|id=1/)
})

test('says direct for a visit from nowhere, and unknown without a visit', () => {
  expect(toTouch({ ...visit, referrer: null, utmSource: null, utmCampaign: ' ' }, {})).toMatchObject({
    source: 'direct',
    medium: 'none',
    campaign: 'none',
  })
  expect(toTouch(undefined, {})).toMatchObject({
    channel: 'unknown',
    landing_path: 'unknown',
    touched_at: null,
  })
})
