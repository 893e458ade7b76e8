import { dayMs } from '../days.ts'
import { defaultHorizonDays } from '../responses/conversion.ts'
import type { FunnelChange, FunnelChanges } from '../responses/funnel-changes.ts'
import type { Quantity } from '../responses/metric.ts'
import type { DeltaReason, NullReason } from '../responses/reasons.ts'
import { activeInSql } from './active-in.ts'
import { conversionStages, isMatureSql, stageTimeSql } from './cohort.ts'
import { type FunnelOptions, marketingSql } from './funnel-part.ts'
import { metric, ratio } from './ratios.ts'
import { type Part, part, type ReadContext } from './read-snapshot.ts'

/** The numbers of one window that can be compared with another. */
interface ComparedCounts {
  marketing: { visitors: number; leads: number; days: number }
  tenantsCreated: number
  activeTenants: number
  mature: number
  /** Of the mature tenants, how many converted to each stage within the horizon. */
  converted: Record<(typeof conversionStages)[number], number>
}

/** The numbers of the funnel that are compared, for one window. */
export const comparedCountsPart = (context: ReadContext, options: FunnelOptions): Part<ComparedCounts> => {
  const { tables, param } = context
  const { window, horizonDays = defaultHorizonDays } = options
  const [from, to] = [param(window.from, 'date'), param(window.to, 'date')]
  const horizonMs = param(horizonDays * dayMs, 'bigint')
  const isMature = isMatureSql(context, horizonDays)
  const converted = conversionStages.map(
    (stage) => `'${stage}', count(*) FILTER (WHERE ${isMature} AND ${stageTimeSql[stage]} < ${horizonMs})`,
  )
  return part(
    `SELECT json_build_object(
      'marketing', (${marketingSql(context, options)}),
      'tenantsCreated', count(*),
      'activeTenants', (
        SELECT count(*) FROM ${tables.tenantActivity} activity WHERE ${activeInSql(tables, { activity: 'activity', from, to })}
      ),
      'mature', count(*) FILTER (WHERE ${isMature}),
      'converted', json_build_object(${converted.join(', ')})
    )
    FROM ${tables.tenantMilestones} milestone
    LEFT JOIN ${tables.tenantActivity} activity
      ON activity.tenant_id = milestone.tenant_id AND activity.owner_id = milestone.owner_id
    WHERE tenant_created_at >= ${from} AND tenant_created_at < ${to} + 1`,
  )
}

interface Comparison {
  neverRolledUp: boolean
  noDeltaBecause: DeltaReason | null
}

/** The change of the funnel from one window to another. */
export const toFunnelChanges = (
  current: ComparedCounts,
  previous: ComparedCounts,
  comparison: Comparison,
): FunnelChanges => {
  const changeOf = (quantityOf: (counts: ComparedCounts) => Quantity, isRate = false): FunnelChange => {
    const [now, then] = [quantityOf(current), quantityOf(previous)]
    const { noDeltaBecause } = comparison
    return { ...metric(now, { current: now, previous: then, noDeltaBecause, isRate }), previous: then.value }
  }
  const ofMarketing =
    (name: 'visitors' | 'leads') =>
    ({ marketing }: ComparedCounts) =>
      marketing.days === 0
        ? { value: null, reason: 'marketing_not_rolled_up' as const }
        : { value: marketing[name], reason: null }
  const unknown = { value: null, reason: 'never_rolled_up' as const }
  const conversionTo =
    (stage: (typeof conversionStages)[number]) =>
    ({ mature, converted, tenantsCreated }: ComparedCounts) => {
      if (stage === 'returned' && comparison.neverRolledUp) return unknown
      const none: NullReason = tenantsCreated === 0 ? 'no_tenants_created' : 'no_mature_tenants'
      const { value, reason } = ratio(converted[stage], mature, none)
      return { value, reason }
    }
  return {
    marketingVisitors: changeOf(ofMarketing('visitors')),
    leadsCaptured: changeOf(ofMarketing('leads')),
    tenantsCreated: changeOf(({ tenantsCreated }) => ({ value: tenantsCreated, reason: null })),
    activeTenants: changeOf(({ activeTenants }) =>
      comparison.neverRolledUp ? unknown : { value: activeTenants, reason: null },
    ),
    apiKey: changeOf(conversionTo('apiKey'), true),
    firstScan: changeOf(conversionTo('firstScan'), true),
    returned: changeOf(conversionTo('returned'), true),
  }
}
