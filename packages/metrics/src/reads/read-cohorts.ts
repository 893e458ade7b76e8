import type { Database } from '@altcontext/webhook-store'
import { type Day, dayOf, subtractMonths } from '../days.ts'
import type { CohortPeriod, CohortRow, CohortsResponse } from '../responses/cohorts-response.ts'
import type { Ratio, Window } from '../responses/metric.ts'
import type { NullReason } from '../responses/reasons.ts'
import { type ChannelNames, normaliseChannel } from '../touches/normalise-channel.ts'
import { activeInSql } from './active-in.ts'
import { endOfPeriod, periodsBetween, startOfPeriod } from './cohort-periods.ts'
import { freshnessPart, neverRolledUpPart } from './freshness-part.ts'
import { keyedCohort, noLead } from './keyed-cohort.ts'
import { ratio } from './ratios.ts'
import { daySql, type Part, part, type ReadContext, type ReadOptions, readSnapshot } from './read-snapshot.ts'

export interface ReadCohortsOptions extends ReadOptions {
  /** Whole weeks or months: see {@link resolveCohortWindow}. */
  window: Window
  by: CohortPeriod
  /** Only tenants whose lead first came through this channel; `none` for tenants without a known lead. @default all tenants */
  channel?: string | undefined
  /** The host's own names for channels. */
  channelNames?: ChannelNames | undefined
  /** How many months rollups are kept. @default 24 */
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
  const activity = ['tenant_id', 'owner_id', 'first_day', 'last_day', 'active_days']
  const cohort = keyedCohort(
    context,
    { window, by: 'channel', touch: 'first' },
    activity.map((name) => `activity.${name}`),
  )
  const isActive = activeInSql(tables, { activity: 'tenant', from: 'period', to: 'last' })
  const over = param(startOfPeriod(today, by), 'date')
  // Of timestamps: of a date, a period would begin in the time zone of the session.
  return part(
    `WITH tenant AS MATERIALIZED (
      SELECT key, ${activity.join(', ')}, date_trunc('${by}', tenant_created_at)::date AS start FROM ${cohort}
    ),
    counted AS (
      SELECT key, start, period, count(*) AS tenants, count(*) FILTER (WHERE ${isActive}) AS active
      FROM tenant LEFT JOIN (
        SELECT at::date AS period, (at + interval '1 ${by}')::date - 1 AS last
        FROM generate_series(${param(window.from, 'date')}::timestamp, ${over}::timestamp - interval '1 day', interval '1 ${by}') AS at
      ) periods ON period >= start
      GROUP BY key, start, period
    )
    SELECT COALESCE(json_agg(row_to_json(cohorts)), '[]') FROM (
      SELECT key, ${daySql('start')} AS start, max(tenants) AS tenants,
        COALESCE(json_object_agg(${daySql('period')}, active) FILTER (WHERE period IS NOT NULL), '{}') AS active
      FROM counted GROUP BY key, counted.start
    ) cohorts`,
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
    // All rows are as long as the first one: periods after today are not over either.
    return {
      from,
      to: endOfPeriod(from, by),
      tenants,
      active: all.map((_, since) => shareIn(all[index + since])),
    }
  })
}
