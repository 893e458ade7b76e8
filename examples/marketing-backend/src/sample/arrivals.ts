import type { PlannedPage } from './visit-plan.ts'

/** One way in which people come to the site, and what becomes of them. */
export interface Arrival {
  /** How the first page of a visit was reached. */
  first: Pick<PlannedPage, 'referrer' | 'utm'>
  /** Visitors on a working day, once the site is known. */
  visitorsPerDay: number
  /** The first day of the history on which anybody comes this way. */
  sinceDay: number
  /** The share of visitors who leave an address. */
  leadRate: number
  /** Shares: the leads who create a tenant; of the tenants, those with a key; of those, who scan; and of those, who come back. */
  tenantRate: number
  keyRate: number
  scanRate: number
  returnRate: number
}

const usual = {
  sinceDay: 0,
  leadRate: 0.2,
  tenantRate: 0.65,
  keyRate: 0.88,
  scanRate: 0.85,
  returnRate: 0.62,
}

/**
 * The story that the sample tells. A newsletter campaign wins: the tenants that it brings stay. Paid search brings as many,
 * but most of them never scan. The other channels are small.
 */
export const arrivals: readonly Arrival[] = [
  {
    ...usual,
    first: { utm: { source: 'newsletter', medium: 'email', campaign: 'accessibility-week' } },
    visitorsPerDay: 3.6,
    sinceDay: 40,
    leadRate: 0.6,
    tenantRate: 0.82,
    keyRate: 0.96,
    scanRate: 0.94,
    returnRate: 0.86,
  },
  {
    ...usual,
    first: {
      referrer: 'https://www.google.com/',
      utm: { source: 'google', medium: 'cpc', campaign: 'alt-text' },
    },
    visitorsPerDay: 5.5,
    sinceDay: 18,
    leadRate: 0.45,
    tenantRate: 0.82,
    keyRate: 0.66,
    scanRate: 0.42,
    returnRate: 0.4,
  },
  { ...usual, first: { referrer: 'https://www.google.com/' }, visitorsPerDay: 3.2 },
  { ...usual, first: { referrer: 'https://duckduckgo.com/' }, visitorsPerDay: 0.8 },
  { ...usual, first: {}, visitorsPerDay: 2, leadRate: 0.08 },
  { ...usual, first: { referrer: 'https://www.linkedin.com/' }, visitorsPerDay: 1.1 },
  { ...usual, first: { referrer: 'https://bsky.app/' }, visitorsPerDay: 0.8 },
  {
    ...usual,
    first: { referrer: 'https://a11y-weekly.example/issue-12' },
    visitorsPerDay: 0.8,
    leadRate: 0.22,
  },
  {
    ...usual,
    first: { utm: { source: 'newsletter', medium: 'email', campaign: 'spring' } },
    visitorsPerDay: 0.6,
  },
  {
    ...usual,
    first: { utm: { source: 'museum-conference', campaign: 'booth' } },
    visitorsPerDay: 0.5,
    leadRate: 0.4,
  },
]
