import { type Database, leadChannelSql } from '@altcontext/webhook-store'
import { dayMs } from '../days.ts'
import type {
  ChannelKind,
  ChannelRow,
  ChannelsResponse,
  ChannelVerdict,
} from '../responses/channels-response.ts'
import { defaultHorizonDays, fewestTenants } from '../responses/conversion.ts'
import { bigintOrNull } from '../rollups/bigint-or-null.ts'
import { judgeChannels } from '../statistics/judge-channels.ts'
import { cohortOf, stageReachedSql, stageTimeSql } from './cohort.ts'
import { type ConversionGroup, toConversions } from './conversions-part.ts'
import { freshnessPart } from './freshness-part.ts'
import { type FunnelOptions, funnelParts, toFunnel } from './funnel-part.ts'
import { ratio } from './ratios.ts'
import { type Part, part, type ReadContext, type ReadOptions, readSnapshot } from './read-snapshot.ts'

export interface ReadChannelsOptions extends ReadOptions, FunnelOptions {}

/** Which channels bring tenants that use the product (roadmap §2). */
export const readChannels = async (
  database: Database,
  options: ReadChannelsOptions,
): Promise<ChannelsResponse> => {
  const { rows, freshness, ...read } = await readSnapshot(database, options, (context) => ({
    rows: channelsPart(context, options),
    ...funnelParts(context, options, 'channel'),
    freshness: freshnessPart(context),
  }))
  const funnel = toFunnel(read, options)
  const totals = {
    visitors: funnel.marketingVisitors,
    leads: funnel.leadsCaptured,
    tenantsCreated: funnel.tenantsCreated,
    tenantsWithApiKey: funnel.tenantsWithApiKey,
    tenantsWithFirstScan: funnel.tenantsWithFirstScan,
    tenantsActive30d: funnel.tenantsActive30d,
    tenantsReturned: funnel.tenantsReturned,
  }
  return {
    ok: true,
    window: options.window,
    channels: toRows([...rows, ...remainderOf(rows, totals)], read, options),
    totals,
    freshness,
  }
}

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

const zeros = {
  tenantsCreated: 0,
  tenantsWithApiKey: 0,
  tenantsWithFirstScan: 0,
  tenantsActive30d: 0,
  tenantsReturned: 0,
}

/** Visitors by source, leads by channel, tenants by the channel copied at their attribution. */
const channelsPart = (
  context: ReadContext,
  { window, marketingPropertyId, horizonDays = defaultHorizonDays }: FunnelOptions,
): Part<Counts[]> => {
  const { tables, param } = context
  const [from, to] = [param(window.from, 'date'), param(window.to, 'date')]
  const named = (kind: ChannelKind) => `'${kind}'::text AS kind`
  return part(
    `WITH count_by_channel AS (
      SELECT source.key AS channel, ${named('channel')},
        sum(GREATEST(${bigintOrNull('source.value')}, 0)) AS visitors,
        0 AS leads, 0 AS created, 0 AS with_key, 0 AS with_scan, 0 AS active, 0 AS returned
      FROM ${tables.dailyMetricRollups} daily
      CROSS JOIN LATERAL jsonb_each_text(CASE WHEN jsonb_typeof(daily.traffic_source_breakdown) = 'object'
        THEN daily.traffic_source_breakdown ELSE '{}' END) source
      WHERE daily.property_id = ${param(marketingPropertyId, 'text')} AND daily.day BETWEEN ${from} AND ${to}
      GROUP BY source.key
      UNION ALL
      SELECT ${leadChannelSql(tables, 'lead')}, ${named('channel')}, 0, 1, 0, 0, 0, 0, 0
      FROM ${tables.leads} lead
      WHERE lead.first_captured_at >= ${from} AND lead.first_captured_at < ${to} + 1
      UNION ALL
      SELECT COALESCE(channel, 'none'), CASE WHEN channel IS NULL THEN 'no_lead' ELSE 'channel' END,
        0, 0, 1, (first_api_key_at IS NOT NULL)::int, (first_scan_at IS NOT NULL)::int, is_active::int,
        (${stageReachedSql.returned} AND ${stageTimeSql.returned} < ${param(horizonDays * dayMs, 'bigint')})::int
      FROM ${cohortOf(context, window)}
      UNION ALL
      SELECT 'none', ${named('no_lead')}, 0, 0, 0, 0, 0, 0, 0
    )
    SELECT json_agg(row ORDER BY created DESC, leads DESC, visitors DESC, channel COLLATE "C", kind) FROM (
      SELECT channel, kind, sum(created) AS created, sum(leads) AS leads, COALESCE(sum(visitors), 0) AS visitors,
        json_build_object(
          'channel', channel, 'kind', kind, 'visitors', COALESCE(sum(visitors), 0), 'leads', sum(leads),
          'tenantsCreated', sum(created), 'tenantsWithApiKey', sum(with_key),
          'tenantsWithFirstScan', sum(with_scan), 'tenantsActive30d', sum(active), 'tenantsReturned', sum(returned)
        ) AS row
      FROM count_by_channel
      GROUP BY channel, kind
      HAVING kind <> 'channel' OR sum(visitors) > 0 OR sum(leads) > 0 OR sum(created) > 0
    ) by_channel`,
    (rows: Counts[]) => rows,
  )
}

/** What the host counted beyond the rows: leads deleted since, visitors that no source was recorded for. */
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
    ...row,
    tenantsActive30d: neverRolledUp ? null : row.tenantsActive30d,
    tenantsReturned: neverRolledUp ? null : row.tenantsReturned,
    // Tenants of a channel that cannot be named stand in the rows of their own channels.
    leadToTenantRatio:
      row.kind === 'remainder'
        ? { value: null, count: 0, base: row.leads, reason: 'not_attributed' }
        : ratio(row.tenantsCreated, row.leads, 'no_leads'),
    firstScanRate: ofTenants(row.tenantsWithFirstScan),
    returnRate: rateRolledUp(row.tenantsReturned),
    active30dRate: rateRolledUp(row.tenantsActive30d),
  }
}
