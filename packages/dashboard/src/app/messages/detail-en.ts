import { pluralEn as plural } from './plural.ts'

/** The page of one tenant. */
export const tenantEn = {
  title: (tenant: string) => `Tenant ${tenant}`,
  all: 'All tenants',
  unknown: (tenant: string) =>
    `Nothing was ever received from a tenant ${tenant}. Check the id, or look for a part of it.`,
  copyId: 'Copy the tenant’s id',
  noChannel: 'No lead is known for this tenant, so nobody can say what brought it.',
  cameBy: (channel: string) => `It came through ${channel}.`,
  neverScanned: 'It has never completed a scan.',
  scannedAfter: (duration: string) => `It completed its first scan ${duration} after it was created.`,
  milestones: 'Milestones',
  steps: {
    touch: 'First visit',
    lead: 'Lead',
    created: 'Created',
    key: 'First API key',
    scan: 'First scan',
    active: 'Last active',
  },
  notYet: 'Not known',
  timeline: 'Its latest events',
  timelineNote: 'As they are stored, without private fields. Choose a type to see what an event holds.',
  follow: 'All of them, live',
}

/** The page of one channel. */
export const channelEn = {
  all: 'All channels',
  only: 'This is the overview of one channel: every number here is for this channel alone. The list of its tenants shows what each of them uses.',
  cameBy: (visitors: number, shownVisitors: string, leads: number, shownLeads: string) =>
    `${shownVisitors} ${plural(visitors, 'visitor', 'visitors')} and ${shownLeads} ${plural(leads, 'lead', 'leads')} came through it.`,
  created: (count: number, shown: string) =>
    count === 0
      ? 'It brought no tenant on these days.'
      : `It brought ${shown} ${plural(count, 'tenant', 'tenants')} on these days.`,
  noneMature: 'None of them has had the time to come back.',
  returned: (count: string, n: string, rate: string) =>
    `${count} of ${n} who had the time came back (${rate}).`,
  verdicts: {
    ahead: 'That is ahead of the other channels.',
    behind: 'That is behind the other channels.',
    undecided: 'That is not clearly different from the other channels.',
    too_few: 'That is too few to rank it.',
  },
  stages: 'How far its tenants got',
  trend: 'Tenants it brought, day by day',
  trendOfWeeks: 'Tenants it brought, week by week',
  scanned: 'Have scanned since',
  notScanned: 'Have not scanned yet',
  histogram: 'How long its tenants took to their first scan',
  atLeast: 'At least',
  below: 'Below',
  took: 'From creation to first scan',
  under: (max: string) => `under ${max}`,
  between: (min: string, max: string) => `${min} to ${max}`,
  over: (min: string) => `${min} or more`,
  half: (median: string) => `Half of them within ${median}.`,
  campaigns: 'Campaigns',
  campaign: 'Campaign',
  landingPages: 'Landing pages',
  landingPage: 'Landing page',
  tenants: 'Its newest tenants',
  allTenants: (shown: string) => `All ${shown}`,
  unknown: {
    title: 'Nothing came through this channel on these days',
    text: 'It brought no visitor, no lead and no tenant. Choose other days, or another channel.',
  },
}

export const cohortsEn = {
  title: 'Tenants of each week, and which of them scan in the weeks since',
  note: 'Of the tenants created in a week, the share with a completed scan in each week since. A week that is not over has none yet.',
  week: 'Created',
  tenants: 'Tenants',
  same: 'Same week',
  since: (weeks: string) => `+${weeks} wk`,
}

/** The rows behind a number. */
export const rowsEn = {
  shown: (what: string) => `Only: ${what}`,
  show: 'Show them',
  clear: 'Show all tenants',
  ofChannel: (channel: string) => `brought by ${channel}`,
  missed: (shown: string) => `${shown} did not`,
  counted: {
    tenantsCreated: 'created on these days',
    tenantsWithApiKey: 'with an API key',
    tenantsWithFirstScan: 'with a first scan',
    tenantsActive30d: 'active in the last 30 days',
    tenantsReturned: 'who came back on another day',
    tenantsMature: 'who have had the time to come back',
    tenantsMatureReturned: 'who have had the time, and came back',
    tenantsWithLead: 'with a known lead',
    tenantsWithScanButNoApiKey: 'with a scan, but no known API key',
    tenantsTooYoung: 'too young to judge, without a scan',
  },
  notCounted: {
    tenantsCreated: 'not created on these days',
    tenantsWithApiKey: 'without an API key',
    tenantsWithFirstScan: 'without a scan',
    tenantsActive30d: 'not active in the last 30 days',
    tenantsReturned: 'who have not come back',
    tenantsMature: 'who have not had the time to come back',
    tenantsMatureReturned: 'who have not had the time, or have not come back',
    tenantsWithLead: 'without a known lead',
    tenantsWithScanButNoApiKey: 'with a known API key, or without a scan',
    tenantsTooYoung: 'old enough to judge, or with a scan',
  },
}
