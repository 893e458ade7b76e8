import type { Database } from '@altcontext/webhook-store'
import { type Day, dayOf, subtractMonths } from '../days.ts'
import type { CohortPeriod, CohortRow, CohortsResponse } from '../responses/cohorts-response.ts'
import type { Ratio, Window } from '../responses/metric.ts'
import type { NullReason } from '../responses/reasons.ts'
import { type ChannelNames, normaliseChannel } from '../touches/normalise-channel.ts'
import { identity } from './cohort.ts'
import { endOfPeriod, periodsBetween, startOfPeriod } from './cohort-periods.ts'
import { freshnessPart, neverRolledUpPart } from './freshness-part.ts'
import { keyedCohort, noLead } from './keyed-cohort.ts'
import { ratio } from './ratios.ts'
import { daySql, type Part, part, type ReadContext, type ReadOptions, readSnapshot } from './read-snapshot.ts'

export interface ReadCohortsOptions extends ReadOptions {
  /** Whole weeks or months: see {@link resolveCohortWindow}. */
  window: Window
  by: CohortPeriod
  /** Only tenants whose lead's first touch had this channel; `none` for tenants without a known lead. @default all tenants */
  channel?: string | undefined
  /** The host's own names for channels. */
  channelNames?: ChannelNames | undefined
  /** How far back there are rollups at most. @default 24 */
  rollupRetentionMonths?: number | undefined
}

/** Tenants by week or month of creation, and how many of them completed a scan in each week or month since. */
export const readCohorts = async (
  database: Database,
  options: ReadCohortsOptions,
): Promise<CohortsResponse> => {
  const { window, by, channelNames, now = Date.now } = options
  const today = dayOf(now())
  const channel = options.channel === undefined ? null : channelNamed(options.channel, channelNames)
  const read = await readSnapshot(database, options, (context) => ({
    groups: groupsPart(context, { window, by, today }),
    neverRolledUp: neverRolledUpPart(context),
    freshness: freshnessPart(context, window),
  }))
  const groups = read.groups.filter(
    ({ key }) =>
      channel === null || (key === null ? noLead : normaliseChannel(key, channelNames)) === channel,
  )
  const firstKeptDay = subtractMonths(today, options.rollupRetentionMonths ?? 24)
  const unknownBecause = (period: Day): NullReason | null => {
    if (read.neverRolledUp) return 'never_rolled_up'
    if (period < firstKeptDay) return 'not_kept'
    return endOfPeriod(period, by) < today ? null : 'not_over'
  }
  return {
    ok: true,
    window,
    by,
    channel,
    cohorts: toCohorts(groups, { window, by, today, unknownBecause }),
    freshness: read.freshness,
  }
}

const channelNamed = (channel: string, names: ChannelNames | undefined): string =>
  channel === noLead ? noLead : normaliseChannel(channel, names)

/** Tenants of one channel and one cohort, and how many of them were active in each period that is over. */
interface Group {
  key: string | null
  start: Day
  tenants: number
  active: Record<Day, number>
}

const groupsPart = (
  context: ReadContext,
  { window, by, today }: { window: Window; by: CohortPeriod; today: Day },
): Part<Group[]> => {
  const { tables, param } = context
  const cohort = keyedCohort(context, { window, by: 'channel', touch: 'first' }, identity)
  // Of a timestamp: of a date it would be a moment in the time zone of the session.
  const periodOf = (day: string): string => `date_trunc('${by}', ${day}::timestamp)::date`
  return part(
    `WITH tenant AS (
      SELECT key, tenant_id, owner_id, ${periodOf('tenant_created_at')} AS start FROM ${cohort}
    ),
    active AS (
      SELECT key, start, period, count(*) AS tenants FROM (
        SELECT DISTINCT tenant.key, tenant.start, tenant.tenant_id, tenant.owner_id, ${periodOf('rollup.day')} AS period
        FROM tenant JOIN ${tables.serviceUsageRollups} rollup
          ON rollup.tenant_id = tenant.tenant_id AND rollup.owner_id = tenant.owner_id
        WHERE rollup.scans_completed > 0 AND rollup.day >= tenant.start
          AND rollup.day >= ${param(window.from, 'date')} AND rollup.day < ${param(startOfPeriod(today, by), 'date')}
      ) tenant_periods GROUP BY key, start, period
    )
    SELECT COALESCE(json_agg(json_build_object('key', created.key, 'start', ${daySql('created.start')}, 'tenants', created.tenants,
      'active', (
        SELECT COALESCE(json_object_agg(${daySql('period')}, active.tenants), '{}') FROM active
        WHERE active.key IS NOT DISTINCT FROM created.key AND active.start = created.start
      ))), '[]')
    FROM (SELECT key, start, count(*) AS tenants FROM tenant GROUP BY key, start) created`,
    (groups: Group[]) => groups,
  )
}

interface Triangle {
  window: Window
  by: CohortPeriod
  today: Day
  unknownBecause: (period: Day) => NullReason | null
}

const toCohorts = (
  groups: readonly Group[],
  { window, by, today, unknownBecause }: Triangle,
): CohortRow[] => {
  const all = periodsBetween(window.from, today, by)
  const last = window.to < today ? window.to : today
  return periodsBetween(window.from, last, by).map((from, index) => {
    const own = groups.filter(({ start }) => start === from)
    const tenants = own.reduce((sum, group) => sum + group.tenants, 0)
    const shareIn = (period: Day | undefined): Ratio => {
      const reason = period === undefined ? 'not_over' : unknownBecause(period)
      if (period === undefined || reason !== null) return { value: null, count: 0, base: tenants, reason }
      const count = own.reduce((sum, { active }) => sum + (active[period] ?? 0), 0)
      return ratio(count, tenants, 'no_tenants_created')
    }
    // All rows are as long as the first: what lies beyond today is not over either.
    return {
      from,
      to: endOfPeriod(from, by),
      tenants,
      active: all.map((_, since) => shareIn(all[index + since])),
    }
  })
}
