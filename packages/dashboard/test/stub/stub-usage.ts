import type { Funnel, FunnelChange, FunnelChanges, ServiceUsageResponse } from '@altcontext/webhook-metrics'
import {
  conversion,
  daysOf,
  durations,
  freshness,
  metric,
  ratio,
  shift,
  today,
  wave,
} from './stub-numbers.ts'

export const funnel = (tenantsCreated = 34): Funnel => ({
  marketingVisitors: 14_203,
  leadsCaptured: 342,
  leadsCapured: 342,
  tenantsCreated,
  tenantsWithApiKey: 28,
  tenantsWithFirstScan: 21,
  tenantsActive30d: 17,
  tenantsReturned: 15,
  activeTenants: 41,
  tenantsWithLead: 26,
  tenantsWithScanButNoApiKey: 0,
  tenantsTooYoung: 4,
  tooYoungDays: 7,
  marketingDaysCovered: 30,
  marketingRolledUpThrough: today,
  rates: {
    visitorToLeadRatio: ratio(342, 14_203),
    leadToTenantRatio: ratio(26, 342),
    apiKeyCreationRate: ratio(28, 34),
    activationRate: ratio(21, 34),
    returnRate: ratio(15, 34),
    active30dRate: ratio(17, 34),
  },
  conversions: {
    horizonDays: 14,
    apiKey: conversion(25, 30),
    firstScan: conversion(20, 30),
    returned: conversion(14, 30),
  },
  durations: {
    apiKey: durations(28, 1_200_000),
    firstScan: durations(21, 9_840_000),
    returned: durations(15, 172_800_000),
  },
  medianTimeToFirstScanMs: { value: 9_840_000, reason: null },
  reasons: {},
})

const changeOf = (value: number, previous: number, isRate = false): FunnelChange => ({
  value,
  previous,
  delta: value / previous - 1,
  points: isRate ? value - previous : null,
  reason: null,
  deltaReason: null,
})

const funnelChanges: FunnelChanges = {
  marketingVisitors: changeOf(14_203, 13_900),
  leadsCaptured: changeOf(342, 360),
  tenantsCreated: changeOf(34, 29),
  activeTenants: changeOf(41, 38),
  apiKey: changeOf(0.83, 0.8, true),
  firstScan: changeOf(0.67, 0.7, true),
  returned: changeOf(0.47, 0.4, true),
}

export const usageResponse = (from: string, to: string, compared: boolean): ServiceUsageResponse => {
  const days = daysOf(from, to)
  return {
    ok: true,
    window: { from, to },
    compareTo: compared ? { from: shift(from, -days.length), to: shift(from, -1) } : null,
    compared: compared ? { from, to: to < today ? to : shift(today, -1) } : null,
    openDay: to === today ? today : null,
    usage: {
      totalScansCompleted: metric(1428, 0.123, compared, 'better'),
      totalScansFailed: metric(31, 0.24, compared, 'worse'),
      scanSuccessRate: metric(0.9787, -0.002, compared, 'worse'),
      totalMediaProcessed: metric(28_404, 0.18, compared, 'better'),
      totalIdentitiesDetected: metric(89_207, 0.214, compared, 'better'),
      identitiesPerScan: metric(62.47, 0.081, compared),
      avgScanDurationMs: metric(3212, -0.062, compared, 'better'),
      totalClustersCreated: metric(451, null, compared),
      suggestionResolutionRate: {
        value: null,
        delta: null,
        points: null,
        judgement: null,
        reason: 'no_suggestions_generated',
        deltaReason: compared ? 'no_value' : 'not_requested',
      },
    },
    funnel: funnel(),
    funnelChanges: compared ? funnelChanges : null,
    trend: days.map((day, index) => ({
      day,
      isOpen: day >= today,
      scansCompleted: wave(index, 47),
      scansFailed: index % 6 === 2 ? 4 : index % 4 === 0 ? 1 : 0,
      mediaProcessed: wave(index + 3, 940),
      identitiesDetected: wave(index + 5, 2960),
      clustersCreated: 15,
      suggestionsGenerated: 0,
      suggestionsResolved: 0,
      dailyActiveTenants: 9,
      weeklyActiveTenants: 24,
      monthlyActiveTenants: 41,
      reason: null,
      activeReason: null,
    })),
    freshness,
  }
}
