/** What each number means, in one or two plain sentences. */
export const definitionsEn = {
  what: (name: string) => `What is “${name}”?`,
  title: 'What these numbers mean',
  full: 'The full definition',
  of: {
    totalScansCompleted: 'Scans of all tenants that succeeded on these days.',
    totalScansFailed: 'Scans of all tenants that ended with an error on these days.',
    scanSuccessRate: 'Scans completed, divided by all scans that ended.',
    totalMediaProcessed: 'Pictures and videos in completed scans. A failed scan adds none.',
    totalIdentitiesDetected: 'Identities that completed scans reported.',
    identitiesPerScan: 'Identities detected, divided by scans completed.',
    avgScanDurationMs: 'The mean time of the completed scans that reported how long they took.',
    totalClustersCreated: 'Clusters that were created on these days.',
    suggestionResolutionRate:
      'Suggestions resolved, divided by suggestions made. More than 100 % when older ones are resolved.',
    marketingVisitors:
      'Visitors of the marketing site, added up by day: somebody who comes on two days counts twice.',
    leadsCaptured: 'People who left their address on the marketing site on these days.',
    tenantsCreated: 'Tenants that were created on these days. The stages below count the same tenants.',
    tenantsWithApiKey: 'Of the tenants created, those with at least one API key, whenever it was made.',
    tenantsWithFirstScan:
      'Of the tenants created, those with at least one completed scan, with or without a key.',
    tenantsReturned:
      'Of the tenants created, those with a completed scan on a later day than their first, soon enough after they were created. This is what “use the product” means here.',
    tenantsActive30d:
      'Of the tenants created, those with a completed scan in the 30 days that end with the range.',
    tenantsWithLead: 'Of the tenants created, those with the same address as a lead of the site.',
    tenantsTooYoung:
      'Of the tenants created, those of the last seven days without a scan. They may still scan.',
    medianTimeToFirstScanMs:
      'Half of the tenants with a first scan took less than this from their creation to it, half took more.',
    marketingDaysCovered: 'Days of the range for which the site has counted its visitors and leads.',
    returnRate: 'Of the tenants that have had the time to come back, the share that did.',
    returnRateRange: 'Where the true rate lies, 95 times out of 100: the fewer tenants, the wider the range.',
    mature: 'Tenants created long enough ago to have come back.',
    verdict:
      'Whether its tenants come back clearly more, or less, often than those of the other channels together. With fewer than 20 tenants it is not judged.',
    visitors: 'Visitors whose first visit of the day came through it.',
    leads: 'Leads whose first visit came through it, deleted since or not.',
    firstScanRate: 'Tenants with a first scan, divided by the tenants created.',
    timeToFirstScan:
      'How long its tenants took from their creation to their first scan, and how many took that long.',
    campaigns: 'Its tenants by the campaign of their lead’s first visit. They add up to all its tenants.',
    landingPages:
      'Its tenants by the first page of their lead’s first visit. They add up to all its tenants.',
    createdByDay: 'Its tenants by the day on which they were created, and which of them have scanned since.',
    weeks: 'Of the tenants created in a week, the share with a completed scan in each week since.',
    milestones:
      'When the tenant first reached each step, in the range or not: creation, first API key, first completed scan.',
    timeToFirstScanMs: 'From the creation of the tenant to its first completed scan.',
    lastActiveDay: 'The last day with a completed scan, in the range or not.',
    channel: 'What brought the first visit of the tenant’s lead.',
    arrived:
      'Events stored, events that arrived again and were not counted twice, and requests that were refused.',
    lag: 'From the moment an event occurred in the product to the moment it was received here.',
    lastEvents: 'How long ago the last event of each type was received.',
    producers:
      'The outboxes of the product: when each was last heard from, and whether everything that it delivered is here.',
    restatements: 'A day that is over never changes silently: each change is listed, with its cause.',
  },
}
