import {
  type ChannelsResponse,
  channelResponseSchema,
  cohortsResponseSchema,
  type Ratio,
} from '@altcontext/webhook-metrics'
import { conversion, daysOf, durations, freshness, type Query, ratio, shift, today } from './stub-numbers.ts'

const channelRow = (
  channel: string,
  kind: ChannelsResponse['channels'][number]['kind'],
  counts: [number, number, number, number, number, number],
): ChannelsResponse['channels'][number] => {
  const [visitors, leads, tenantsCreated, tenantsWithApiKey, tenantsWithFirstScan, tenantsActive30d] = counts
  const rate = (part: number, whole: number, reason: 'no_tenants_created' | 'no_leads'): Ratio =>
    whole === 0 ? { value: null, count: part, base: 0, reason } : ratio(part, whole)
  // Most tenants that scan come back.
  const tenantsReturned = Math.max(0, tenantsWithFirstScan - 1)
  return {
    channel,
    kind,
    visitors,
    leads,
    tenantsCreated,
    tenantsWithApiKey,
    tenantsWithFirstScan,
    tenantsActive30d,
    tenantsReturned,
    leadToTenantRatio: rate(tenantsCreated, leads, 'no_leads'),
    firstScanRate: rate(tenantsWithFirstScan, tenantsCreated, 'no_tenants_created'),
    returnRate: rate(tenantsReturned, tenantsCreated, 'no_tenants_created'),
    active30dRate: rate(tenantsActive30d, tenantsCreated, 'no_tenants_created'),
    conversions: {
      horizonDays: 14,
      apiKey: conversion(tenantsWithApiKey, Math.max(1, tenantsCreated)),
      firstScan: conversion(tenantsWithFirstScan, Math.max(1, tenantsCreated)),
      returned: conversion(tenantsReturned, Math.max(1, tenantsCreated)),
    },
    verdict:
      channel === 'newsletter'
        ? { verdict: 'ahead', shrunkRate: 0.6, probabilityAhead: 0.99, probabilityBest: 0.97, reason: null }
        : {
            verdict: kind === 'channel' ? 'too_few' : null,
            shrunkRate: kind === 'channel' ? 0.5 : null,
            probabilityAhead: null,
            probabilityBest: null,
            reason: kind === 'channel' ? 'too_few' : 'not_a_channel',
          },
  }
}

export const channelsResponse = (from: string, to: string): ChannelsResponse => ({
  ok: true,
  window: { from, to },
  by: 'channel',
  touch: 'first',
  channels: [
    channelRow('newsletter', 'channel', [3120, 141, 13, 12, 10, 9]),
    channelRow('none', 'no_lead', [0, 0, 8, 6, 3, 2]),
    channelRow('organic_search', 'channel', [6204, 98, 7, 5, 4, 3]),
    channelRow('conference', 'channel', [310, 44, 4, 3, 3, 2]),
    channelRow('<b>ads</b>', 'channel', [2240, 38, 2, 2, 1, 1]),
    channelRow('unattributed', 'remainder', [2329, 21, 0, 0, 0, 0]),
  ],
  totals: {
    visitors: 14_203,
    leads: 342,
    tenantsCreated: 34,
    tenantsWithApiKey: 28,
    tenantsWithFirstScan: 21,
    tenantsActive30d: 17,
    tenantsReturned: 16,
  },
  // What is left over is of the first day.
  marketingDays: daysOf(from, to).map((day, index, { length }) => ({
    day,
    visitors: Math.floor(14_203 / length) + (index === 0 ? 14_203 % length : 0),
    leads: Math.floor(342 / length) + (index === 0 ? 342 % length : 0),
  })),
  freshness,
})

/** The tenants of a channel: one on every third day, most of whom scan. */
export const channelResponse = (channel: string, query: Query) => {
  const { from = shift(today, -29), to = today } = query
  const trend = daysOf(from, to).map((day, index) => ({
    day,
    tenantsCreated: index % 3 === 0 ? 1 : 0,
    tenantsWithFirstScan: index % 6 === 0 ? 1 : 0,
  }))
  const tenantsCreated = trend.filter((day) => day.tenantsCreated > 0).length
  const part = (name: string, share: number) => ({
    name,
    tenantsCreated: share,
    tenantsWithFirstScan: Math.floor(share / 2),
    tenantsReturned: Math.floor(share / 3),
  })
  const first = Math.ceil(tenantsCreated / 2)
  return channelResponseSchema.parse({
    ok: true,
    window: { from, to },
    channel,
    tenantsCreated,
    returnsReason: null,
    timeToFirstScan: durations(Math.max(4, Math.ceil(tenantsCreated / 2)), 9_840_000),
    trend,
    campaigns: [part('spring', first), part('none', tenantsCreated - first)],
    landingPages: [part('/', first), part('/pricing', tenantsCreated - first)],
    freshness,
  })
}

export const cohortsResponse = ({ channel, to = today }: Query) =>
  cohortsResponseSchema.parse({
    ok: true,
    window: { from: shift(to, -20), to },
    by: 'week',
    channel: channel ?? null,
    cohorts: [0, 1, 2].map((week) => ({
      from: shift(to, -20 + 7 * week),
      to: shift(to, -14 + 7 * week),
      tenants: 4 - week,
      active: [0, 1, 2].map((since) =>
        week + since < 2
          ? ratio(2 - since, 4 - week)
          : { value: null, count: 0, base: 4 - week, reason: 'not_over' },
      ),
    })),
    freshness,
  })
