import { type Database, unknownChannel } from '@altcontext/webhook-store'
import type { ChannelDay, ChannelPart, ChannelResponse } from '../responses/channel-response.ts'
import { defaultHorizonDays, type Horizon } from '../responses/conversion.ts'
import type { Window } from '../responses/metric.ts'
import { type ChannelNames, normaliseChannel } from '../touches/normalise-channel.ts'
import { countedSql, stageColumns } from './cohort.ts'
import { durationsPart, toDurations } from './durations-part.ts'
import { freshnessPart, neverRolledUpPart } from './freshness-part.ts'
import { keyedCohort, noLead } from './keyed-cohort.ts'
import { daySql, type Part, part, type ReadContext, type ReadOptions, readSnapshot } from './read-snapshot.ts'
import { keySql, readChannelKeys } from './tenants-among.ts'

export interface ReadChannelOptions extends ReadOptions {
  window: Window
  /** In any spelling; `none` for tenants without a known lead. */
  channel: string
  /** How many days a tenant has to return. @default 14 */
  horizonDays?: Horizon | undefined
  /** The host's own names for channels. */
  channelNames?: ChannelNames | undefined
}

/** The tenants that one channel brought: day by day, how fast they scanned, and which campaigns and landing pages brought them. */
export const readChannel = async (
  database: Database,
  options: ReadChannelOptions,
): Promise<ChannelResponse> => {
  const { window, channel, channelNames, horizonDays = defaultHorizonDays } = options
  const keys = (await readChannelKeys(database, options)) ?? []
  const read = await readSnapshot(database, options, (context) => {
    const cohort = channelCohort(context, { window, keys })
    return {
      days: daysPart(context, { window, cohort }),
      campaigns: partsPart(context, { cohort, by: 'campaign', horizonDays }),
      landingPages: partsPart(context, { cohort, by: 'landing_path', horizonDays }),
      durations: durationsPart(cohort),
      neverRolledUp: neverRolledUpPart(context),
      freshness: freshnessPart(context, window),
    }
  })
  const tenantsCreated = read.days.reduce((sum, day) => sum + day.tenantsCreated, 0)
  const withReturns = (parts: ChannelPart[]): ChannelPart[] =>
    read.neverRolledUp ? parts.map((one) => ({ ...one, tenantsReturned: null })) : parts
  return {
    ok: true,
    window,
    channel: channel === noLead ? noLead : normaliseChannel(channel, channelNames),
    tenantsCreated,
    returnsReason: read.neverRolledUp ? 'never_rolled_up' : null,
    timeToFirstScan: toDurations(
      read.durations.firstScan,
      tenantsCreated === 0 ? 'no_tenants_created' : 'no_first_scans',
    ),
    trend: read.days,
    campaigns: withReturns(read.campaigns),
    landingPages: withReturns(read.landingPages),
    freshness: read.freshness,
  }
}

interface OfChannel {
  window: Window
  keys: readonly (string | null)[]
}

/** The name of the tenants of the channel, with what else is known about their leads' first visit. */
const channelCohort = (context: ReadContext, { window, keys }: OfChannel): string => {
  const unlessCopied = (by: 'campaign' | 'landing_path') =>
    `COALESCE(first_${by}, '${unknownChannel}') AS ${by}`
  const cohort = keyedCohort(context, { window, by: 'channel', touch: 'first' }, [
    unlessCopied('campaign'),
    unlessCopied('landing_path'),
  ])
  return context.common('channel_cohort', () => `SELECT * FROM ${cohort} WHERE ${keySql(context, keys)}`)
}

const daysPart = (
  { param }: ReadContext,
  { window, cohort }: { window: Window; cohort: string },
): Part<ChannelDay[]> =>
  part(
    `SELECT json_agg(json_build_object('day', ${daySql('day')}, 'tenantsCreated', created, 'tenantsWithFirstScan', with_scan)
      ORDER BY day)
    FROM (
      SELECT day, count(tenant_created_at) AS created, count(tenant_created_at) FILTER (WHERE ${stageColumns.firstScan} IS NOT NULL) AS with_scan
      FROM generate_series(${param(window.from, 'date')}::timestamp, ${param(window.to, 'date')}::timestamp, '1 day') AS day
      LEFT JOIN ${cohort} ON tenant_created_at::date = day::date
      GROUP BY day
    ) by_day`,
  )

interface ByTouch {
  cohort: string
  by: 'campaign' | 'landing_path'
  horizonDays: Horizon
}

const partsPart = (context: ReadContext, { cohort, by, horizonDays }: ByTouch): Part<ChannelPart[]> =>
  part(
    `SELECT COALESCE(json_agg(json_build_object('name', name, 'tenantsCreated', created, 'tenantsWithFirstScan', with_scan,
      'tenantsReturned', returned) ORDER BY created DESC, name COLLATE "C"), '[]')
    FROM (
      SELECT ${by} AS name, count(*) AS created, count(*) FILTER (WHERE ${stageColumns.firstScan} IS NOT NULL) AS with_scan,
        count(*) FILTER (WHERE ${countedSql(context, 'tenantsReturned', horizonDays)}) AS returned
      FROM ${cohort} WHERE has_lead GROUP BY ${by}
    ) by_name`,
  )
