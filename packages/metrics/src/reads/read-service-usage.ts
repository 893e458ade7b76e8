import type { Database } from '@altcontext/webhook-store'
import { addDays, dayOf, subtractMonths } from '../days.ts'
import type { Window } from '../responses/metric.ts'
import type { DeltaReason } from '../responses/reasons.ts'
import type { ServiceUsageResponse } from '../responses/service-usage-response.ts'
import { activeTenantsPart } from './active-tenants-part.ts'
import { freshnessPart } from './freshness-part.ts'
import { comparedCountsPart, toFunnelChanges } from './funnel-change-part.ts'
import { type FunnelOptions, funnelParts, toFunnel } from './funnel-part.ts'
import { part, type ReadContext, type ReadOptions, readSnapshot } from './read-snapshot.ts'
import { toTrend } from './trend.ts'
import { type Coverage, coveragePart, dailySumsPart, sumOf, toUsage, usageSumsPart } from './usage-part.ts'
import { previousWindow } from './window.ts'

export interface ReadServiceUsageOptions extends ReadOptions, FunnelOptions {
  /** The usage of one tenant. The funnel still covers all tenants. @default all tenants */
  tenantId?: string | undefined
  /** Compare with the window before. @default false */
  compareTo?: boolean | undefined
  /** How many months rollups are kept. @default 24 */
  rollupRetentionMonths?: number | undefined
}

/** Usage, funnel and trend of a window (roadmap §6). */
export const readServiceUsage = async (
  database: Database,
  options: ReadServiceUsageOptions,
): Promise<ServiceUsageResponse> => {
  const { window, tenantId, compareTo = false, now = Date.now } = options
  const nowMs = now()
  const today = dayOf(nowMs)
  // A day that is not over is compared with nothing: it would lose against any that is.
  const closed = closedPart(window, today)
  const previous = previousWindow(closed ?? window)
  const read = await readSnapshot(database, { ...options, now: () => nowMs }, (context) => ({
    previousSums: compareTo
      ? usageSumsPart(context, { window: previous, tenantId })
      : part('SELECT NULL', () => undefined),
    coverage: coveragePart(context, { window: previous, tenantId }),
    ...(compareTo && funnelChangeParts(context, options, { compared: closed ?? window, previous })),
    ...funnelParts(context, options),
    activeTenants:
      tenantId === undefined ? activeTenantsPart(context, window) : part('SELECT NULL', () => null),
    days: dailySumsPart(context, { window, tenantId }),
    freshness: freshnessPart(context, window),
  }))
  const { neverRolledUp } = read
  const firstKeptDay = subtractMonths(today, options.rollupRetentionMonths ?? 24)
  return {
    ok: true,
    window,
    compareTo: compareTo ? previous : null,
    compared: compareTo ? closed : null,
    openDay: window.from <= today && today <= window.to ? today : null,
    usage: toUsage(sumOf(read.days), {
      compared: sumOf(read.days.filter(({ day }) => day < today)),
      previous: read.previousSums,
      neverRolledUp,
      noDeltaBecause: compareTo
        ? whyNoDelta({ closed, previous, firstKeptDay }, read.coverage)
        : 'not_requested',
    }),
    funnel: toFunnel(read, options),
    funnelChanges:
      read.funnelNow && read.funnelBefore && read.funnelCoverage
        ? toFunnelChanges(read.funnelNow, read.funnelBefore, {
            neverRolledUp,
            noDeltaBecause: whyNoDelta({ closed, previous, firstKeptDay }, read.funnelCoverage),
          })
        : null,
    trend: toTrend(read.days, { neverRolledUp, today, activeTenants: read.activeTenants }),
    freshness: read.freshness,
  }
}

/** The funnel covers all tenants, and so does its comparison. */
const funnelChangeParts = (
  context: ReadContext,
  options: FunnelOptions,
  { compared, previous }: { compared: Window; previous: Window },
) => ({
  funnelNow: comparedCountsPart(context, { ...options, window: compared }),
  funnelBefore: comparedCountsPart(context, { ...options, window: previous }),
  funnelCoverage: coveragePart(context, { window: previous, tenantId: undefined }),
})

/** The days of a window that are over. */
const closedPart = ({ from, to }: Window, today: string): Window | null => {
  if (from >= today) return null
  return to < today ? { from, to } : { from, to: addDays(today, -1) }
}

interface Compared {
  closed: Window | null
  previous: Window
  firstKeptDay: string
}

/** Why the window cannot be compared with the one before it, if it cannot. */
const whyNoDelta = (
  { closed, previous, firstKeptDay }: Compared,
  { firstDay, previousPending, tenantCreatedOn }: Coverage,
): DeltaReason | null => {
  if (closed === null) return 'open_day'
  if (firstDay === null || previous.from < firstDay || previous.from < firstKeptDay) {
    return 'previous_not_covered'
  }
  if (tenantCreatedOn !== null && previous.from < tenantCreatedOn) return 'tenant_too_young'
  return previousPending ? 'previous_incomplete' : null
}
