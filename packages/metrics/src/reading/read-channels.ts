import { type Database, leadChannelSql } from '@altcontext/webhook-store'
import type { ChannelKind, ChannelRow, ChannelsResponse } from '../responses/channels-response.ts'
import { bigintOrNull } from '../rollups/bigint-or-null.ts'
import { freshnessPart } from './freshness-part.ts'
import { cohortOf, type FunnelOptions, funnelPart } from './funnel-part.ts'
import { ratio } from './ratios.ts'
import { type Part, part, type ReadContext, type ReadOptions, readSnapshot } from './read-snapshot.ts'

export interface ReadChannelsOptions extends ReadOptions, FunnelOptions {}

/** Which channels bring tenants that use the product (roadmap §2). */
export const readChannels = async (
  database: Database,
  options: ReadChannelsOptions,
): Promise<ChannelsResponse> => {
  const { rows, funnel, freshness } = await readSnapshot(database, options, (context) => ({
    rows: channelsPart(context, options),
    funnel: funnelPart(context, options),
    freshness: freshnessPart(context),
  }))
  const totals = {
    visitors: funnel.marketingVisitors,
    leads: funnel.leadsCaptured,
    tenantsCreated: funnel.tenantsCreated,
    tenantsWithApiKey: funnel.tenantsWithApiKey,
    tenantsWithFirstScan: funnel.tenantsWithFirstScan,
    tenantsActive30d: funnel.tenantsActive30d,
  }
  return {
    ok: true,
    window: options.window,
    channels: [...rows, ...remainderOf(rows, totals)].map(withRates),
    totals,
    freshness,
  }
}

type Counts = Omit<ChannelRow, 'leadToTenantRatio' | 'firstScanRate' | 'active30dRate'>

const zeros = { tenantsCreated: 0, tenantsWithApiKey: 0, tenantsWithFirstScan: 0, tenantsActive30d: 0 }

/** Visitors by source, leads by channel, tenants by the channel copied at their attribution. */
const channelsPart = (
  context: ReadContext,
  { window, marketingPropertyId }: FunnelOptions,
): Part<Counts[]> => {
  const { tables, param } = context
  const [from, to] = [param(window.from, 'date'), param(window.to, 'date')]
  const named = (kind: ChannelKind) => `'${kind}'::text AS kind`
  return part(
    `WITH count_by_channel AS (
      SELECT source.key AS channel, ${named('channel')},
        sum(GREATEST(${bigintOrNull('source.value')}, 0)) AS visitors,
        0 AS leads, 0 AS created, 0 AS with_key, 0 AS with_scan, 0 AS active
      FROM ${tables.dailyMetricRollups} daily
      CROSS JOIN LATERAL jsonb_each_text(CASE WHEN jsonb_typeof(daily.traffic_source_breakdown) = 'object'
        THEN daily.traffic_source_breakdown ELSE '{}' END) source
      WHERE daily.property_id = ${param(marketingPropertyId, 'text')} AND daily.day BETWEEN ${from} AND ${to}
      GROUP BY source.key
      UNION ALL
      SELECT ${leadChannelSql(tables, 'lead')}, ${named('channel')}, 0, 1, 0, 0, 0, 0
      FROM ${tables.leads} lead
      WHERE lead.first_captured_at >= ${from} AND lead.first_captured_at < ${to} + 1
      UNION ALL
      SELECT COALESCE(channel, 'none'), CASE WHEN channel IS NULL THEN 'no_lead' ELSE 'channel' END,
        0, 0, 1, has_api_key::int, has_first_scan::int, is_active::int
      FROM ${cohortOf(context, window)}
      UNION ALL
      SELECT 'none', ${named('no_lead')}, 0, 0, 0, 0, 0, 0
    )
    SELECT json_agg(row ORDER BY created DESC, leads DESC, visitors DESC, channel COLLATE "C", kind) FROM (
      SELECT channel, kind, sum(created) AS created, sum(leads) AS leads, COALESCE(sum(visitors), 0) AS visitors,
        json_build_object(
          'channel', channel, 'kind', kind, 'visitors', COALESCE(sum(visitors), 0), 'leads', sum(leads),
          'tenantsCreated', sum(created), 'tenantsWithApiKey', sum(with_key),
          'tenantsWithFirstScan', sum(with_scan), 'tenantsActive30d', sum(active)
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

const withRates = (row: Counts): ChannelRow => ({
  ...row,
  // Tenants of a channel that cannot be named stand in the rows of their own channels.
  leadToTenantRatio:
    row.kind === 'remainder'
      ? { value: null, reason: 'not_attributed' }
      : ratio(row.tenantsCreated, row.leads, 'no_leads'),
  firstScanRate: ratio(row.tenantsWithFirstScan, row.tenantsCreated, 'no_tenants_created'),
  active30dRate: ratio(row.tenantsActive30d, row.tenantsCreated, 'no_tenants_created'),
})
