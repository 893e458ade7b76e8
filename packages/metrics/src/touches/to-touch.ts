import { redactText } from '@altcontext/webhook-contract'
import { type ChannelNames, normaliseChannel } from './normalise-channel.ts'

/** A session of the host as it is stored. */
export interface Visit {
  startedAt: string
  trafficSource: string | null
  landingPath: string
  referrer: string | null
  utmSource: string | null
  utmMedium: string | null
  utmCampaign: string | null
  utmTerm: string | null
  utmContent: string | null
}

/** What reports can group by. */
export const touchDimensions = ['channel', 'source', 'medium', 'campaign', 'landing_path'] as const

export type TouchDimension = (typeof touchDimensions)[number]

/** Where a visit came from, without anything that could name a person. */
export interface Touch extends Record<TouchDimension, string> {
  touched_at: string | null
  term: string | null
  content: string | null
  referrer_host: string | null
}

/** What a lead without a visit has. */
export const noVisit: Touch = Object.freeze({
  touched_at: null,
  channel: 'unknown',
  source: 'unknown',
  medium: 'unknown',
  campaign: 'none',
  landing_path: 'unknown',
  term: null,
  content: null,
  referrer_host: null,
})

/** A touch from a visit: names in lower case, the landing page without query, no address anywhere. */
export const toTouch = (visit: Visit | undefined, names: ChannelNames): Touch => {
  if (visit === undefined) return noVisit
  const referrerHost = hostOf(visit.referrer)
  const source = plain(visit.utmSource)
  const medium = plain(visit.utmMedium)
  return {
    touched_at: visit.startedAt,
    channel: normaliseChannel(visit.trafficSource, names),
    source: source ?? referrerHost ?? 'direct',
    medium: medium ?? (referrerHost === null ? 'none' : 'referral'),
    campaign: plain(visit.utmCampaign) ?? 'none',
    landing_path: pathOf(visit.landingPath),
    term: plain(visit.utmTerm),
    content: plain(visit.utmContent),
    referrer_host: referrerHost,
  }
}

const plain = (text: string | null): string | null => {
  const short = redactText(text ?? '')
    .trim()
    .toLowerCase()
    .slice(0, 255)
  return short === '' ? null : short
}

const hostOf = (referrer: string | null): string | null => {
  if (referrer === null || !URL.canParse(referrer)) return null
  return new URL(referrer).hostname.slice(0, 255) || null
}

const pathOf = (landingPath: string): string => {
  const [path = ''] = landingPath.split(/[?#]/)
  return redactText(path).slice(0, 255) || '/'
}
