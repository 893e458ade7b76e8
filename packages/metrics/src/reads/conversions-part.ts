import { dayMs, dayOf } from '../days.ts'
import { type Conversion, type Conversions, fewestTenants, type Horizon } from '../responses/conversion.ts'
import type { CohortCount } from '../responses/tenants-response.ts'
import { kaplanMeier } from '../statistics/kaplan-meier.ts'
import { wilsonInterval } from '../statistics/wilson-interval.ts'
import { type ConversionStage, conversionStages, countedSql, isMatureSql, stageColumns } from './cohort.ts'
import { type Part, part, type ReadContext } from './read-snapshot.ts'

/** Tenants of one group that are alike: observed for the same number of days, and converted on the same day after creation. */
export interface ConversionGroup {
  /** What they are grouped by. */
  key: string | null
  stage: ConversionStage
  /** Created at least the horizon before now. */
  isMature: boolean
  /** Whole days since their creation, at most the horizon. */
  observed: number
  /** The day after creation, from 0, in which they converted; null when they did not before the horizon. */
  event: number | null
  subjects: number
}

interface AlikeOptions {
  /** The name of the tenants. */
  cohort: string
  horizonDays: Horizon
  /** SQL for what they are grouped by. */
  key: string
  counts: readonly CohortCount[]
}

/** A digit of a course is any day of the longest horizon, 30, or {@link never}. */
const base = 32
const never = base - 1

/**
 * The name of the tenants of a cohort in groups that convert alike, each with its counts: a few hundred rows, for any number of
 * tenants, from which both are added up.
 */
export const alikeOf = (context: ReadContext, { cohort, horizonDays, key, counts }: AlikeOptions): string => {
  const { nowMs, param } = context
  const horizon = param(horizonDays, 'int')
  const isMature = isMatureSql(context, horizonDays)
  const age = `date_part('epoch', ${param(new Date(nowMs).toISOString(), 'timestamp(3)')} - tenant_created_at) / 86400`
  const utcAge = `${param(dayOf(nowMs), 'date')} - tenant_created_at::date`
  // Nearly all were observed for the whole horizon: their age is not computed.
  const observed = (days: string) =>
    `CASE WHEN ${isMature} THEN ${horizon} ELSE GREATEST(floor(${days}), 0)::int END`
  const eventDay = (stage: ConversionStage) =>
    `CASE WHEN ${stageColumns[stage]} / ${dayMs} < ${horizon} THEN (${stageColumns[stage]} / ${dayMs})::int ELSE ${never} END`
  // A tenant's days as one number with a digit for each: grouping by five columns takes several times as long.
  const names = ['days', 'utc_days', ...conversionStages.map((stage) => stageColumns[stage])]
  const course = [observed(age), observed(utcAge), ...conversionStages.map(eventDay)].reduce(
    (higher, digit) => `(${higher}) * ${base} + ${digit}`,
  )
  const digitOf = (name: string) =>
    `NULLIF(course / ${base ** (names.length - 1 - names.indexOf(name))} % ${base}, ${never}) AS ${name}`
  const counted = counts.map(
    (name) => `count(*) FILTER (WHERE ${countedSql(context, name, horizonDays)}) AS "${name}"`,
  )
  return context.common(
    'alike',
    () => `
    SELECT grouped.*, ${names.map(digitOf).join(', ')}, course / ${base ** (names.length - 1)} >= ${horizon} AS is_mature
    FROM (
      SELECT ${course} AS course, ${key} AS key, count(*) AS tenants,
        ${counted.join(',\n        ')}
      -- With OFFSET, so that each tenant's times are worked out once, and not once for each column that is made of them.
      FROM (SELECT * FROM ${cohort} OFFSET 0) cohort GROUP BY course, key
    ) grouped`,
  )
}

/**
 * The conversions of a window's tenants, day by day. A day after creation is 24 hours; for the return, which is known by
 * day, a UTC day.
 *
 * @param alike - see {@link alikeOf}.
 */
export const conversionsPart = (alike: string): Part<ConversionGroup[]> => {
  const values = conversionStages.map(
    (stage) => `('${stage}', ${stage === 'returned' ? 'utc_days' : 'days'}, ${stageColumns[stage]})`,
  )
  return part(
    `SELECT COALESCE(json_agg(json_build_object(
      'key', key, 'stage', stage, 'isMature', is_mature, 'observed', observed, 'event', event, 'subjects', subjects
    )), '[]')
    FROM (
      SELECT key, stage, is_mature, observed, event, sum(tenants) AS subjects
      FROM ${alike}
      CROSS JOIN LATERAL (VALUES ${values.join(', ')}) AS reached(stage, observed, event)
      GROUP BY 1, 2, 3, 4, 5
    ) grouped`,
  )
}

/** The conversions of all given groups together. */
export const toConversions = (
  groups: readonly ConversionGroup[],
  { horizonDays, neverRolledUp }: { horizonDays: Horizon; neverRolledUp: boolean },
): Conversions => {
  const conversionTo = (stage: ConversionStage) =>
    toConversion(
      groups.filter((group) => group.stage === stage),
      { horizonDays, isUnknown: neverRolledUp && stage === 'returned' },
    )
  return {
    horizonDays,
    apiKey: conversionTo('apiKey'),
    firstScan: conversionTo('firstScan'),
    returned: conversionTo('returned'),
  }
}

const toConversion = (
  groups: readonly ConversionGroup[],
  { horizonDays, isUnknown }: { horizonDays: Horizon; isUnknown: boolean },
): Conversion => {
  const subjectsOf = (chosen: readonly ConversionGroup[]) =>
    chosen.reduce((sum, { subjects }) => sum + subjects, 0)
  const mature = groups.filter(({ isMature }) => isMature)
  const n = subjectsOf(mature)
  const count = subjectsOf(mature.filter(({ event }) => event !== null))
  const all = subjectsOf(groups)
  const interval = isUnknown ? null : wilsonInterval(count, n)
  const estimate = isUnknown || all === 0 ? null : kaplanMeier(groups, horizonDays)
  const unknown = isUnknown
    ? ('never_rolled_up' as const)
    : all === 0
      ? ('no_tenants_created' as const)
      : null
  return {
    value: interval === null ? null : count / n,
    count: isUnknown ? 0 : count,
    n,
    low: interval?.low ?? null,
    high: interval?.high ?? null,
    reason: interval === null ? (unknown ?? 'no_mature_tenants') : null,
    note: n < fewestTenants ? 'too_few' : null,
    estimate: {
      value: estimate?.converted ?? null,
      n: all,
      low: estimate?.low ?? null,
      high: estimate?.high ?? null,
      reason: estimate === null ? (unknown ?? 'horizon_not_reached') : null,
      intervalReason:
        estimate?.low === undefined
          ? (unknown ?? (estimate === null ? 'horizon_not_reached' : 'no_variance'))
          : null,
      note: all < fewestTenants ? 'too_few' : null,
    },
  }
}
