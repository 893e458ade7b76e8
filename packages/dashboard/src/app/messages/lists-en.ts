/** What the page says about channels and tenants where it lists them. */
export const rankingEn = {
  title: 'Which channels bring tenants that come back',
  note: (days: string) =>
    `The tenants created on these days, by channel. The rate covers those who had ${days} days to come back, with its range at 95 %.`,
  channel: 'Channel',
  created: 'Created',
  returned: 'Came back',
  rate: 'Rate',
  range: 'Likely between',
  mature: 'Had the time',
  verdict: 'Compared with the others',
  createdCount: (created: string) => `${created} created`,
  returnedCount: (returned: string) => `${returned} came back`,
  rateOf: 'of',
  rateRange: (low: string, high: string) => `(${low} to ${high})`,
  verdicts: {
    ahead: 'ahead of the others',
    behind: 'behind the others',
    undecided: 'not clearly different',
    too_few: 'too few to rank',
  },
}

export const channelsEn = {
  groupBy: 'Rows',
  by: {
    channel: 'Channel',
    source: 'Source',
    medium: 'Medium',
    campaign: 'Campaign',
    landing_path: 'Landing page',
    day: 'Day',
  },
  daysTitle: 'Visitors and leads, day by day',
  daysIntro:
    'The days that the marketing site has counted, whatever channel the visitors came through. No number here includes a day that it has not counted.',
  title: 'Where tenants come from',
  intro:
    'Tenants created on these days by the channel of their lead, with the visitors and leads of each channel.',
  visitors: 'Visitors',
  leads: 'Leads',
  tenantsCreated: 'Tenants',
  tenantsWithFirstScan: 'First scan',
  tenantsActive30d: 'Active',
  firstScanRate: 'First-scan rate',
  total: 'Total',
  noLead: 'No lead known',
  remainder: 'No channel named',
  /** The host's own channels; others are shown as they are written. */
  named: {
    direct: 'Direct',
    organic_search: 'Organic search',
    paid_search: 'Paid search',
    social: 'Social media',
    email: 'Email',
    referral: 'Referral',
    campaign: 'Campaign',
    internal: 'Internal',
    unknown: 'Unknown channel',
  },
}

export const tenantsEn = {
  title: 'Tenants',
  intro: 'Every tenant, with its use of the product on these days.',
  search: 'Find by tenant id',
  find: 'Find',
  columns: {
    tenantId: 'Tenant',
    channel: 'Channel',
    tenantCreatedAt: 'Created',
    firstApiKeyAt: 'First API key',
    firstScanAt: 'First scan',
    timeToFirstScanMs: 'Time to first scan',
    scansCompleted: 'Scans completed',
    scansFailed: 'Scans failed',
    scanSuccessRate: 'Success rate',
    mediaProcessed: 'Media',
    identitiesDetected: 'Identities',
    avgScanDurationMs: 'Average scan duration',
    clustersCreated: 'Clusters',
    suggestionsGenerated: 'Suggestions',
    suggestionsResolved: 'Resolved',
    lastActiveDay: 'Last active day',
  },
  showUsage: (tenant: string) => `Show the use of the product by ${tenant}`,
  csvCut: (max: string, total: string) =>
    `The CSV has the first ${max} of ${total} tenants, in the order chosen here. Narrow the search for the others.`,
  pages: 'Pages of tenants',
  previous: 'Previous',
  next: 'Next',
  position: (first: string, last: string, total: string) => `${first} to ${last} of ${total}`,
}
