import type { Random } from './create-random.ts'

/** One page view, as the site's beacon sends it. */
export interface PlannedPage {
  at: Date
  path: string
  referrer?: string
  utm?: { source?: string; medium?: string; campaign?: string }
}

/** One person who came by. */
export interface PlannedVisitor {
  anonId: string
  /** From the ranges reserved for documentation. */
  ipAddress: string
  pages: PlannedPage[]
  /** Those who left their address. */
  lead?: { email: string; at: Date }
}

const arrivals: readonly Pick<PlannedPage, 'referrer' | 'utm'>[] = [
  {},
  {},
  { referrer: 'https://www.google.com/' },
  { referrer: 'https://www.google.com/' },
  { referrer: 'https://duckduckgo.com/' },
  { referrer: 'https://www.linkedin.com/' },
  { referrer: 'https://bsky.app/' },
  { referrer: 'https://a11y-weekly.example/issue-12' },
  { referrer: 'https://www.google.com/', utm: { source: 'google', medium: 'cpc', campaign: 'alt-text' } },
  { utm: { source: 'newsletter', medium: 'email', campaign: 'spring' } },
  { utm: { source: 'museum-conference', campaign: 'booth' } },
]

const pages = ['/', '/pricing', '/how-it-works', '/accessibility', '/privacy']
const givenNames = ['Ada', 'Grace', 'Edith', 'Alan', 'Katherine', 'Tim', 'Radia', 'Linus', 'Barbara', 'Ken']
const organisations = ['gallery', 'museum', 'archive', 'library', 'studio', 'press', 'school', 'shop']

/** Makes up one visitor who arrives at `at`; `serial` tells visitors apart. */
export const planVisitor = (random: Random, serial: number, at: Date): PlannedVisitor => {
  const arrival = random.pick(arrivals)
  const count = random.pick([1, 1, 1, 2, 2, 3, 4])
  let moment = at.getTime()
  const visited = Array.from({ length: count }, (_, index): PlannedPage => {
    if (index > 0) moment += random.integer(15, 240) * 1_000
    return {
      at: new Date(moment),
      path: index === 0 ? '/' : random.pick(pages),
      ...(index === 0 ? arrival : {}),
    }
  })
  // Who reads more leaves an address more often.
  const isLead = random.chance(count === 1 ? 0.03 : 0.16)
  return {
    anonId: `sample-${String(serial).padStart(6, '0')}`,
    ipAddress: `203.0.113.${random.integer(1, 254)}`,
    pages: visited,
    ...(isLead && { lead: { email: emailOf(random, serial), at: new Date(moment + 45_000) } }),
  }
}

const emailOf = (random: Random, serial: number) =>
  `${random.pick(givenNames)}.${serial}@${random.pick(organisations)}.example`.toLowerCase()
