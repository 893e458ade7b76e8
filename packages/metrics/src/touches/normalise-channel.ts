/** The host's own names for channels, to the names of the reports: `{ 'Partner portal': 'partner' }`. */
export type ChannelNames = Readonly<Record<string, string>>

// What people write for the channels that the host's visits know.
const spellings: Readonly<Record<string, readonly string[]>> = {
  email: ['e_mail', 'mail', 'newsletter', 'news_letter', 'mailing'],
  organic_search: ['organic', 'search', 'seo', 'google', 'bing', 'duckduckgo'],
  paid_search: ['cpc', 'ppc', 'paid', 'sem', 'sea', 'adwords', 'google_ads', 'ads', 'paidsearch'],
  social: [
    'social_media',
    'facebook',
    'instagram',
    'linkedin',
    'twitter',
    'x',
    'reddit',
    'youtube',
    'tiktok',
  ],
  referral: ['referrer', 'partner_link', 'link'],
  direct: ['(direct)', 'none', '(none)', 'typed'],
  unknown: ['', '(not_set)', 'n/a', 'other'],
}

const canonical: ReadonlyMap<string, string> = new Map(
  Object.entries(spellings).flatMap(([name, others]) => others.map((other) => [other, name] as const)),
)

/**
 * One name for one channel: trimmed, lower-case, with `_` for spaces and hyphens; then the host's own names; then the
 * usual spellings of the channels that visits have. Any other name is a channel of its own.
 */
export const normaliseChannel = (name: string | null | undefined, names: ChannelNames = {}): string => {
  const plain = plainName(name ?? '')
  for (const [own, channel] of Object.entries(names)) {
    if (plainName(own) === plain) return canonicalName(plainName(channel))
  }
  return canonicalName(plain)
}

const canonicalName = (plain: string): string => canonical.get(plain) ?? plain

const plainName = (name: string): string =>
  name
    .trim()
    .toLowerCase()
    .replaceAll(/[\s\-_]+/g, '_')
    .slice(0, 255)
