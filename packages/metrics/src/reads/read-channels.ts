import { type Database, leadChannelSql, unknownChannel } from '@altcontext/webhook-store'
import type {
  ChannelKind,
  ChannelRow,
  ChannelsResponse,
  ChannelVerdict,
} from '../responses/channels-response.ts'
import { defaultHorizonDays, fewestTenants } from '../responses/conversion.ts'
import { bigintOrNull } from '../rollups/bigint-or-null.ts'
import { judgeChannels } from '../statistics/judge-channels.ts'
import { type ChannelNames, normaliseChannel } from '../touches/normalise-channel.ts'
import type { TouchDimension } from '../touches/to-touch.ts'
import { alikeOf, type ConversionGroup, conversionsPart, toConversions } from './conversions-part.ts'
import { freshnessPart, neverRolledUpPart } from './freshness-part.ts'
import { type FunnelOptions, marketingDaysPart } from './funnel-part.ts'
import { type Grouping, keyedCohort, type TouchKind } from './keyed-cohort.ts'
import { ratio } from './ratios.ts'
import { type Part, part, type ReadContext, type ReadOptions, readSnapshot } from './read-snapshot.ts'
import { uncopiedLeadsSql } from './uncopied-leads.ts'

export interface ReadChannelsOptions extends ReadOptions, FunnelOptions {
  /** What the rows are. @default 'channel' */
  by?: TouchDimension | undefined
  /** @default 'first' */
  touch?: TouchKind | undefined
  /** The host's own names for channels. */
  channelNames?: ChannelNames | undefined
}

/** Which channels bring tenants that use the product (roadmap §2). */
export const readChannels = async (
  database: Database,
  options: ReadChannelsOptions,
): Promise<ChannelsResponse> => {
  const { by = 'channel', touch = 'first', horizonDays = defaultHorizonDays, channelNames } = options
  const read = await readSnapshot(database, options, (context) => {
    const cohort = keyedCohort(context, { window: options.window, by, touch })
    const alike = alikeOf(context, { cohort, horizonDays, key: 'key', counts: stageNames })
    return {
      rows: channelsPart(context, {
        ...options,
        by,
        touch,
        alike,
        isScoped: database.leadScope !== undefined,
      }),
      marketingDays: marketingDaysPart(context, options),
      conversionGroups: conversionsPart(alike),
      neverRolledUp: neverRolledUpPart(context),
      freshness: freshnessPart(context, options.window),
    }
  })
  const nameOf = (key: string) => (by === 'channel' ? normaliseChannel(key, channelNames) : key)
  const rows = merged(read.rows, nameOf)
  const conversionGroups = read.conversionGroups.map((group) => ({
    ...group,
    key: group.key === null ? null : nameOf(group.key),
  }))
  const counted = (name: 'visitors' | 'leads') => read.marketingDays.reduce((sum, day) => sum + day[name], 0)
  const totals = {
    ...rolledUpCounts(tenantsOf(rows), read.neverRolledUp),
    visitors: counted('visitors'),
    leads: counted('leads'),
  }
  return {
    ok: true,
    window: options.window,
    by,
    touch,
    channels: toRows([...rows, ...remainderOf(rows, totals)], { ...read, conversionGroups }, options),
    totals,
    marketingDays: read.marketingDays,
    freshness: read.freshness,
  }
}

/** Rows with the same name become one row: most tenants first, then most leads, then most visitors. */
const merged = (rows: readonly Counts[], nameOf: (key: string) => string): Counts[] => {
  const sums = new Map<string, Counts>()
  for (const row of rows) {
    const channel = row.kind === 'channel' ? nameOf(row.channel) : row.channel
    const known = sums.get(row.kind + channel)
    const added = Object.fromEntries(
      countNames.map((name) => [name, (known?.[name] ?? 0) + row[name]]),
    ) as Record<CountName, number>
    sums.set(row.kind + channel, { channel, kind: row.kind, ...added })
  }
  return [...sums.values()].sort(
    (a, b) =>
      b.tenantsCreated - a.tenantsCreated ||
      b.leads - a.leads ||
      b.visitors - a.visitors ||
      inOrder(a.channel, b.channel) ||
      // A campaign may be called none, as tenants without a lead are.
      inOrder(a.kind, b.kind),
  )
}

const inOrder = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1)

/** A row as it is counted. */
interface Counts {
  channel: string
  kind: ChannelKind
  visitors: number
  leads: number
  tenantsCreated: number
  tenantsWithApiKey: number
  tenantsWithFirstScan: number
  tenantsActive30d: number
  tenantsReturned: number
}

type CountName = Exclude<keyof Counts, 'channel' | 'kind'>

const zeros = {
  tenantsCreated: 0,
  tenantsWithApiKey: 0,
  tenantsWithFirstScan: 0,
  tenantsActive30d: 0,
  tenantsReturned: 0,
}

/** The tenants of all rows: every tenant of the window is in one row. */
const tenantsOf = (rows: readonly Counts[]): typeof zeros => {
  const sums = { ...zeros }
  for (const row of rows) for (const name of stageNames) sums[name] += row[name]
  return sums
}

/** Numbers that only the rollups know are null before the first rollup. */
const rolledUpCounts = <Row extends typeof zeros>(row: Row, neverRolledUp: boolean) => ({
  ...row,
  tenantsActive30d: neverRolledUp ? null : row.tenantsActive30d,
  tenantsReturned: neverRolledUp ? null : row.tenantsReturned,
})

const stageNames = Object.keys(zeros) as (keyof typeof zeros)[]

const countNames = ['visitors', 'leads', ...stageNames] as const

/** Visitors, leads and tenants, each by where they came from. */
const channelsPart = (
  context: ReadContext,
  {
    window,
    marketingPropertyId,
    by,
    touch,
    alike,
    isScoped,
  }: FunnelOptions & Grouping & { alike: string; isScoped: boolean },
): Part<Counts[]> => {
  const { tables, param } = context
  const [from, to] = [param(window.from, 'date'), param(window.to, 'date')]
  const property = param(marketingPropertyId, 'text')
  const named = (kind: ChannelKind) => `'${kind}'::text AS kind`
  const uncopiedKey = by === 'channel' ? leadChannelSql(tables, 'lead') : `'${unknownChannel}'`
  // For days before the bridge counted visitors itself, the host's events by source stand in for them.
  const hostVisitors = `
      UNION ALL
      SELECT source.key, ${named('channel')},
        GREATEST(${bigintOrNull('source.value')}, 0), 0, 0, 0, 0, 0, 0
      FROM ${tables.dailyMetricRollups} daily
      CROSS JOIN LATERAL jsonb_each_text(CASE WHEN jsonb_typeof(daily.traffic_source_breakdown) = 'object'
        THEN daily.traffic_source_breakdown ELSE '{}' END) source
      WHERE daily.property_id = ${property} AND daily.day BETWEEN ${from} AND ${to}
        AND daily.day NOT IN (
          SELECT day FROM ${tables.dailyVisitors} WHERE property_id = ${property} AND day BETWEEN ${from} AND ${to}
        )`
  return part(
    `WITH counted AS (
      -- Each added up by itself, so that few rows are carried on.
      SELECT ${by} AS key, ${named('channel')}, sum(visitors) AS visitors, 0 AS leads, 0 AS created, 0 AS with_key, 0 AS with_scan,
        0 AS active, 0 AS returned
      FROM ${tables.dailyVisitors}
      WHERE property_id = ${property} AND day BETWEEN ${from} AND ${to} GROUP BY ${by}
      ${by === 'channel' ? hostVisitors : ''}
      UNION ALL
      SELECT ${touch}_${by}, ${named('channel')}, 0, count(*), 0, 0, 0, 0, 0
      FROM ${tables.leadCaptures} WHERE captured_on BETWEEN ${from} AND ${to} GROUP BY ${touch}_${by}
      UNION ALL
      ${uncopiedLeadsSql(context, { window, isScoped, columns: `${uncopiedKey}, ${named('channel')}, 0, 1, 0, 0, 0, 0, 0` })}
      UNION ALL
      SELECT COALESCE(key, 'none'), CASE WHEN key IS NULL THEN 'no_lead' ELSE 'channel' END,
        0, 0, ${stageNames.map((name) => `sum("${name}")`).join(', ')}
      FROM ${alike} GROUP BY key
      UNION ALL
      SELECT 'none', ${named('no_lead')}, 0, 0, 0, 0, 0, 0, 0
    )
    SELECT json_agg(json_build_object(
      'channel', key, 'kind', kind, 'visitors', visitors, 'leads', leads, 'tenantsCreated', created,
      'tenantsWithApiKey', with_key, 'tenantsWithFirstScan', with_scan, 'tenantsActive30d', active,
      'tenantsReturned', returned
    )) FROM (
      SELECT key, kind, COALESCE(sum(visitors), 0) AS visitors, sum(leads) AS leads, sum(created) AS created,
        sum(with_key) AS with_key, sum(with_scan) AS with_scan, sum(active) AS active, sum(returned) AS returned
      FROM counted
      GROUP BY key, kind
      HAVING kind <> 'channel' OR sum(visitors) > 0 OR sum(leads) > 0 OR sum(created) > 0
    ) by_key`,
  )
}

/** What the host counted beyond the rows: leads deleted since, visitors for whom no source was recorded. */
const remainderOf = (rows: readonly Counts[], totals: { visitors: number; leads: number }): Counts[] => {
  const missing = (name: 'visitors' | 'leads') =>
    Math.max(
      0,
      rows.reduce((rest, row) => rest - row[name], totals[name]),
    )
  const [visitors, leads] = [missing('visitors'), missing('leads')]
  return visitors + leads === 0
    ? []
    : [{ channel: 'unattributed', kind: 'remainder', visitors, leads, ...zeros }]
}

interface Converted {
  conversionGroups: readonly ConversionGroup[]
  neverRolledUp: boolean
}

const toRows = (
  rows: readonly Counts[],
  { conversionGroups, neverRolledUp }: Converted,
  { horizonDays = defaultHorizonDays }: Pick<FunnelOptions, 'horizonDays'>,
): ChannelRow[] => {
  const groupsOf = ({ channel, kind }: Counts) =>
    kind === 'remainder'
      ? []
      : conversionGroups.filter(({ key }) => key === (kind === 'no_lead' ? null : channel))
  const withConversions = rows.map((row) => ({
    ...toRow(row, neverRolledUp),
    conversions: toConversions(groupsOf(row), { horizonDays, neverRolledUp }),
  }))
  const verdicts = verdictsOf(
    withConversions.filter(({ kind }) => kind === 'channel'),
    neverRolledUp,
  )
  return withConversions.map((row) => ({
    ...row,
    verdict: verdicts.get(row.channel + row.kind) ?? notAChannel,
  }))
}

const noVerdict = { verdict: null, shrunkRate: null, probabilityAhead: null, probabilityBest: null }

const notAChannel: ChannelVerdict = { ...noVerdict, reason: 'not_a_channel' }

const verdictsOf = (
  channels: readonly Omit<ChannelRow, 'verdict'>[],
  neverRolledUp: boolean,
): Map<string, ChannelVerdict> => {
  const trials = channels.map(({ conversions: { returned } }) => ({
    successes: returned.count,
    trials: returned.n,
  }))
  const judgements = judgeChannels(trials, fewestTenants)
  return new Map(
    channels.map(({ channel, kind }, index) => {
      const judgement = judgements[index]
      const verdict: ChannelVerdict =
        neverRolledUp || judgement === undefined
          ? { ...noVerdict, reason: 'never_rolled_up' }
          : { ...judgement, reason: judgement.verdict === 'too_few' ? 'too_few' : null }
      return [channel + kind, verdict]
    }),
  )
}

const toRow = (row: Counts, neverRolledUp: boolean): Omit<ChannelRow, 'conversions' | 'verdict'> => {
  const ofTenants = (count: number) => ratio(count, row.tenantsCreated, 'no_tenants_created')
  const rateRolledUp = (count: number) =>
    neverRolledUp
      ? { value: null, count: 0, base: row.tenantsCreated, reason: 'never_rolled_up' as const }
      : ofTenants(count)
  return {
    ...rolledUpCounts(row, neverRolledUp),
    // Tenants whose channel cannot be named are in the rows of their own channels.
    leadToTenantRatio:
      row.kind === 'remainder'
        ? { value: null, count: 0, base: row.leads, reason: 'not_attributed' }
        : ratio(row.tenantsCreated, row.leads, 'no_leads'),
    firstScanRate: ofTenants(row.tenantsWithFirstScan),
    returnRate: rateRolledUp(row.tenantsReturned),
    active30dRate: rateRolledUp(row.tenantsActive30d),
  }
}
