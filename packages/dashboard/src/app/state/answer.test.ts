import type {
  ChannelRow,
  ChannelsResponse,
  Funnel,
  FunnelChanges,
  ServiceUsageResponse,
} from '@altcontext/webhook-metrics'
import { expect, test } from 'vitest'
import { createFormat } from '../format/create-format.ts'
import { en } from '../messages/en.ts'
import { fr } from '../messages/fr.ts'
import { answerOf } from './answer.ts'

const window = { from: '2026-10-24', to: '2026-11-22' }
type Verdict = 'ahead' | 'behind' | 'undecided' | 'too_few'
const row = (
  channel: string,
  [tenantsCreated, count, n]: [created: number, returned: number, mature: number],
  verdict: Verdict = 'too_few',
) =>
  ({
    channel,
    kind: 'channel',
    tenantsCreated,
    conversions: { returned: { count, n } },
    verdict: {
      verdict,
      probabilityAhead: verdict === 'too_few' ? null : 0.5,
      shrunkRate: n === 0 ? 0.5 : count / n,
    },
  }) as ChannelRow

interface Given {
  counts: Pick<Funnel, 'tenantsCreated' | 'tenantsReturned'>
  channels?: ChannelRow[]
  previousTenants?: number
  deltaReason?: string
  openDay?: string | null
}

const answer = ({ counts, channels = [], previousTenants, deltaReason, openDay = window.to }: Given) => {
  const current = {
    window,
    openDay,
    funnel: counts,
    compared: previousTenants === undefined ? null : window,
    compareTo: previousTenants === undefined ? null : { from: '2026-09-24', to: '2026-10-23' },
    funnelChanges:
      previousTenants === undefined
        ? null
        : ({
            tenantsCreated: {
              value: counts.tenantsCreated,
              previous: previousTenants,
              deltaReason: deltaReason ?? null,
            },
          } as FunnelChanges),
  } as ServiceUsageResponse
  return [[en, createFormat('en-CA')] as const, [fr, createFormat('fr-CA')] as const].map(
    ([messages, format]) =>
      answerOf({ current, channels: { channels } as ChannelsResponse }, messages, format)
        .map(({ text }) => text)
        .join('')
        .replaceAll('\u00a0', ' '),
  )
}

const counts = { tenantsCreated: 1234, tenantsReturned: 1 }

test('It names the channel whose tenants stay before the one that brings the most', () => {
  const channels = [row('ads', [1200, 4, 600], 'behind'), row('newsletter', [34, 30, 31], 'ahead')]
  expect(answer({ counts, channels, previousTenants: 1000 })).toEqual([
    'newsletter brings tenants that stay: 30 of 31 who had the time came back. ads brings the most (1,200): 4 of 600 who had the time came back. 1,234 new tenants came between Oct 24 and Nov 22, 2026. 1 of them came back on another day. Without today, that is 234 more tenants than in the 30 days before (1,000).',
    'newsletter amène des clients qui restent : 30 sur 31 de ceux qui en ont eu le temps sont revenus. ads en amène le plus (1 200) : 4 sur 600 de ceux qui en ont eu le temps sont revenus. 1 234 nouveaux clients sont venus entre le 24 oct. et le 22 nov. 2026. 1 d’entre eux est revenu un autre jour. Sans aujourd’hui, c’est 234 clients de plus que pendant les 30 jours précédents (1 000).',
  ])
})

test('It uses the past tense for days that are over, and names a channel that is both only once', () => {
  const channels = [row('newsletter', [90, 30, 31], 'ahead'), row('ads', [20, 4, 20], 'behind')]
  expect(answer({ counts, channels, openDay: null })[0]).toMatch(
    /^newsletter brought tenants that stay: 30 of 31 who had the time came back\. 1,234 new tenants came/,
  )
})

test('Few tenants are not ranked, tenants too young are not judged, and of two equal channels none is the largest', () => {
  const few = [row('newsletter', [3, 0, 0]), row('ads', [2, 1, 2])]
  expect(answer({ counts, channels: few })[0]).toMatch(
    /^There are too few tenants to rank the channels\. newsletter brings the most \(3\): none of them has had the time to come back\. 1,234/,
  )
  const equal = [row('newsletter', [40, 10, 22], 'undecided'), row('ads', [40, 9, 22], 'undecided')]
  expect(answer({ counts, channels: equal })[0]).toMatch(
    /^No channel’s tenants come back clearly more often than those of the others\. 1,234 new/,
  )
})

test('It says that there is no tenant, lead, return or comparison, instead of leaving it out', () => {
  expect(answer({ counts: { tenantsCreated: 0, tenantsReturned: 0 }, previousTenants: 0 })[0]).toBe(
    'No new tenant came between Oct 24 and Nov 22, 2026. Without today, as many came in the 30 days before (0).',
  )
  const noLead = { counts: { tenantsCreated: 1, tenantsReturned: 0 }, previousTenants: 0 }
  expect(answer({ ...noLead, deltaReason: 'previous_not_covered' })[0]).toBe(
    'No lead is known for any tenant. 1 new tenant came between Oct 24 and Nov 22, 2026. None of them has come back on another day yet. The 30 days before are not fully covered, so there is no comparison.',
  )
})

test('Nothing is compared when no comparison was asked for', () => {
  expect(answer({ counts: { tenantsCreated: 0, tenantsReturned: 0 } })[1]).toBe(
    'Aucun nouveau client n’est venu entre le 24 oct. et le 22 nov. 2026.',
  )
})
