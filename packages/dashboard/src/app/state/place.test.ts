import { expect, test } from 'vitest'
import { daysOf, home, parsePlace, placeQuery } from './place.ts'

test('An address without a query is the home place', () => {
  expect(parsePlace('')).toEqual(home)
  expect(placeQuery(home)).toBe('?')
})

test('A place survives its own address', () => {
  const place = {
    view: 'tenants',
    range: { from: '2026-10-01', to: '2026-10-31' },
    compare: false,
    tenant: 'a&b=c <i>',
    channel: 'organic search',
    counted: 'tenantsCreated',
    notCounted: 'tenantsWithFirstScan',
    by: 'campaign',
    kind: 'refused',
    type: 'scan.failed',
    language: 'fr',
    sort: 'channel',
    order: 'asc',
    page: 3,
    search: 'é #1',
  } as const
  expect(parsePlace(placeQuery(place))).toEqual(place)
})

test('Parts of an address that are wrong fall back to the default', () => {
  const wrong = [
    '?view=nowhere&range=8d&lang=de&order=up&page=-1',
    '?from=2026-02-30&to=2026-03-01',
    '?from=2026-03-02&to=2026-03-01',
    '?from=2024-01-01&to=2026-03-01',
    '?from=2026-03-01',
    '?page=1e99',
  ]
  for (const query of wrong) expect(parsePlace(query)).toEqual(home)
})

test('A preset moves with the calendar and days stay', () => {
  expect(daysOf(home, '2026-11-22')).toEqual({ from: '2026-10-24', to: '2026-11-22' })
  expect(daysOf(home, '2026-11-23')).toEqual({ from: '2026-10-25', to: '2026-11-23' })
  const range = { from: '2026-10-01', to: '2026-10-31' }
  expect(daysOf({ ...home, range }, '2026-11-23')).toEqual(range)
})
