import type { ChannelRow, ChannelsResponse, Funnel, ServiceUsageResponse } from '@altcontext/webhook-metrics'
import { expect, test } from 'vitest'
import { createFormat } from '../format/create-format.ts'
import { en } from '../messages/en.ts'
import { fr } from '../messages/fr.ts'
import { answerOf } from './answer.ts'

const window = { from: '2026-10-24', to: '2026-11-22' }
const answer = (
  counts: Pick<Funnel, 'tenantsCreated' | 'tenantsActive30d'>,
  channels: Pick<ChannelRow, 'channel' | 'kind' | 'tenantsCreated'>[],
  previousTenants?: number,
  deltaReason: string | null = null,
) => {
  const current = {
    window,
    funnel: counts,
    usage: { totalScansCompleted: { deltaReason } },
  } as ServiceUsageResponse
  const previous = previousTenants === undefined ? undefined : ({ tenantsCreated: previousTenants } as Funnel)
  return [[en, createFormat('en-CA')] as const, [fr, createFormat('fr-CA')] as const].map(
    ([messages, format]) =>
      answerOf({ current, channels: { channels } as ChannelsResponse, previous }, messages, format)
        .map(({ text }) => text)
        .join('')
        .replaceAll('\u00a0', ' '),
  )
}

test('It says how many came, most from where, how many stay and how many more than before', () => {
  const channels = [
    { channel: 'newsletter', kind: 'channel', tenantsCreated: 1200 },
    { channel: 'ads', kind: 'channel', tenantsCreated: 34 },
  ] as const
  expect(answer({ tenantsCreated: 1234, tenantsActive30d: 1 }, [...channels], 1000)).toEqual([
    '1,234 new tenants came between Oct 24 and Nov 22, 2026. Most came from newsletter (1,200). 1 of them uses the product. That is 234 more tenants than in the 30 days before (1,000).',
    '1 234 nouveaux clients sont venus entre le 24 oct. et le 22 nov. 2026. La plupart viennent du canal newsletter (1 200). 1 d’entre eux utilise le produit. C’est 234 clients de plus que pendant les 30 jours précédents (1 000).',
  ])
})

test('Half of them are not most; fewer and one are counted as such', () => {
  const channels = [
    { channel: 'none', kind: 'no_lead', tenantsCreated: 3 },
    { channel: 'unknown', kind: 'channel', tenantsCreated: 1 },
  ] as const
  expect(answer({ tenantsCreated: 4, tenantsActive30d: 2 }, [...channels], 5)[0]).toBe(
    '4 new tenants came between Oct 24 and Nov 22, 2026. The largest group came from Unknown channel (1). 2 of them use the product. That is 1 fewer tenant than in the 30 days before (5).',
  )
})

test('No tenant, no lead, no use and no comparison are said, not left out', () => {
  expect(answer({ tenantsCreated: 0, tenantsActive30d: 0 }, [], 0)[0]).toBe(
    'No new tenant came between Oct 24 and Nov 22, 2026. As many came in the 30 days before (0).',
  )
  const noLead = [{ channel: 'none', kind: 'no_lead', tenantsCreated: 1 }] as const
  expect(answer({ tenantsCreated: 1, tenantsActive30d: 0 }, [...noLead], 0, 'previous_not_covered')[0]).toBe(
    '1 new tenant came between Oct 24 and Nov 22, 2026. No lead is known for any of them. None of them uses the product yet. The 30 days before are not fully covered, so there is no comparison.',
  )
})

test('Nothing is compared when no comparison was asked for', () => {
  expect(answer({ tenantsCreated: 0, tenantsActive30d: 0 }, [])[1]).toBe(
    'Aucun nouveau client n’est venu entre le 24 oct. et le 22 nov. 2026.',
  )
})
