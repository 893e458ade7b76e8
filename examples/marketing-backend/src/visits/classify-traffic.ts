import type { Utm } from '../http/fields.ts'

/** The host's nine traffic sources. */
export type TrafficSource =
  | 'direct'
  | 'organic_search'
  | 'paid_search'
  | 'social'
  | 'email'
  | 'referral'
  | 'campaign'
  | 'internal'
  | 'unknown'

interface Arrival {
  referrer?: string | undefined
  utm?: Utm | undefined
  /** Hosts of the site itself: coming from there is not an arrival. */
  ownHosts: ReadonlySet<string>
}

const searchEngines =
  /(^|\.)(google|bing|duckduckgo|yahoo|ecosia|yandex|baidu|qwant|startpage|brave)\.[a-z.]+$/
const socialSites =
  /(^|\.)(facebook\.com|instagram\.com|linkedin\.com|lnkd\.in|twitter\.com|t\.co|x\.com|reddit\.com|youtube\.com|pinterest\.com|tiktok\.com|bsky\.app|threads\.net|mastodon\.[a-z]+)$/
const mailSites =
  /^(mail\.google\.com|outlook\.live\.com|outlook\.office\.com|mail\.yahoo\.com|mail\.proton\.me)$/

/** Where a visit came from. The tags of the link (utm) count more than the page that it was on. */
export const classifyTraffic = ({ referrer, utm, ownHosts }: Arrival): TrafficSource =>
  fromUtm(utm) ?? fromReferrer(referrer, ownHosts)

const fromUtm = (utm: Utm | undefined): TrafficSource | undefined => {
  const medium = utm?.medium?.toLowerCase() ?? ''
  if (/^(cpc|ppc|paid|paid[-_ ]?search|sem)$/.test(medium)) return 'paid_search'
  if (/^e-?mail$|^newsletter$/.test(medium)) return 'email'
  if (/social/.test(medium)) return 'social'
  if (medium === 'organic') return 'organic_search'
  if (medium === 'referral') return 'referral'
  const isTagged = Object.values(utm ?? {}).some((value) => value !== undefined)
  return isTagged ? 'campaign' : undefined
}

const fromReferrer = (referrer: string | undefined, ownHosts: ReadonlySet<string>): TrafficSource => {
  if (referrer === undefined) return 'direct'
  if (!URL.canParse(referrer)) return 'unknown'
  const { host, hostname } = new URL(referrer)
  if (ownHosts.has(host)) return 'internal'
  if (mailSites.test(hostname)) return 'email'
  if (searchEngines.test(hostname)) return 'organic_search'
  if (socialSites.test(hostname)) return 'social'
  return hostname === '' ? 'unknown' : 'referral'
}
