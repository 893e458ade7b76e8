import type { definitionsEn } from '../messages/definitions-en.ts'

/** The numbers whose meaning the page can explain. */
export type Defined = keyof typeof definitionsEn.of

const page = 'numbers'

/** The line of docs/numbers.md that defines each number, by the heading above it and the field; a test reads them there. */
export const definitionLines: Readonly<Record<Defined, string>> = {
  totalScansCompleted: 'usage.totalScansCompleted',
  totalScansFailed: 'usage.totalScansFailed',
  scanSuccessRate: 'usage.scanSuccessRate',
  totalMediaProcessed: 'usage.totalMediaProcessed',
  totalIdentitiesDetected: 'usage.totalIdentitiesDetected',
  identitiesPerScan: 'usage.identitiesPerScan',
  avgScanDurationMs: 'usage.avgScanDurationMs',
  totalClustersCreated: 'usage.totalClustersCreated',
  suggestionResolutionRate: 'usage.suggestionResolutionRate',
  marketingVisitors: 'funnel.marketingVisitors',
  leadsCaptured: 'funnel.leadsCaptured',
  tenantsCreated: 'funnel.tenantsCreated',
  tenantsWithApiKey: 'funnel.tenantsWithApiKey',
  tenantsWithFirstScan: 'funnel.tenantsWithFirstScan',
  tenantsReturned: 'funnel.tenantsReturned',
  tenantsActive30d: 'funnel.tenantsActive30d',
  tenantsWithLead: 'funnel.tenantsWithLead',
  tenantsTooYoung: 'funnel.tenantsTooYoung',
  medianTimeToFirstScanMs: 'funnel.medianTimeToFirstScanMs',
  marketingDaysCovered: 'funnel.marketingDaysCovered',
  returnRate: 'conversions.value',
  returnRateRange: 'conversions.low',
  mature: 'conversions.n',
  verdict: 'get-v1metricschannels.verdict',
  visitors: 'get-v1metricschannels.visitors',
  leads: 'get-v1metricschannels.leads',
  firstScanRate: 'get-v1metricschannels.firstScanRate',
  timeToFirstScan: 'get-v1metricschannelschannel.timeToFirstScan',
  campaigns: 'get-v1metricschannelschannel.campaigns',
  landingPages: 'get-v1metricschannelschannel.landingPages',
  createdByDay: 'get-v1metricschannelschannel.trend',
  weeks: 'get-v1metricscohorts.active[k].value',
  milestones: 'get-v1metricstenants.tenantCreatedAt',
  timeToFirstScanMs: 'get-v1metricstenants.timeToFirstScanMs',
  lastActiveDay: 'get-v1metricstenants.lastActiveDay',
  channel: 'get-v1metricstenants.channel',
  arrived: 'get-v1metricsbridge.traffic.last24Hours',
  lag: 'get-v1metricsbridge.traffic.lag',
  lastEvents: 'get-v1metricsbridge.traffic.lastEvents',
  producers: 'get-v1metricsbridge.producers',
  restatements: 'get-v1metricsrestatements.cause',
}

/** Where a definition can be read in full: beside this page, whatever it is mounted under. */
export const definitionHref = (defined: Defined): string =>
  `${page}#${encodeURIComponent(definitionLines[defined])}`
