import type { Database } from '@altcontext/webhook-store'
import { dayOf } from '../days.ts'
import type { Window } from '../responses/metric.ts'
import type { TenantResponse, TenantTouch } from '../responses/tenant-response.ts'
import { type ChannelNames, normaliseChannel } from '../touches/normalise-channel.ts'
import { type TouchDimension, touchDimensions } from '../touches/to-touch.ts'
import { stageTimeSql } from './cohort.ts'
import { freshnessPart, neverRolledUpPart } from './freshness-part.ts'
import type { TouchKind } from './keyed-cohort.ts'
import { eventsPart, pageOf, placeOfEvent } from './read-events.ts'
import {
  daySql,
  isoSql,
  type Part,
  part,
  type ReadContext,
  type ReadOptions,
  readSnapshot,
} from './read-snapshot.ts'
import { type RawTenant, toTenantRow, toUnknownTenantRow } from './read-tenants.ts'
import { toTrend } from './trend.ts'
import { dailySumsPart, sumOf } from './usage-part.ts'

export interface ReadTenantOptions extends ReadOptions {
  tenantId: string
  /** The window of the usage. */
  window: Window
  /** The host's own names for channels. */
  channelNames?: ChannelNames | undefined
  /** Events on a page. @default 50 */
  limit?: number | undefined
  /** The page of events that follows: `page.next` of the one before. */
  before?: string | undefined
}

/** One tenant: milestones, touches, daily usage and events; undefined when nothing was ever received from it. */
export const readTenant = async (
  database: Database,
  options: ReadTenantOptions,
): Promise<TenantResponse | undefined> => {
  const { tenantId, window, channelNames, before, limit = 50, now = Date.now } = options
  const nowMs = now()
  const read = await readSnapshot(database, { ...options, now: () => nowMs }, (context) => ({
    milestones: milestonesPart(context, tenantId),
    days: dailySumsPart(context, { window, tenantId }),
    events: eventsPart(context, { tenantId, before, limit: limit + 1 }),
    neverRolledUp: neverRolledUpPart(context),
    freshness: freshnessPart(context, window),
  }))
  const { channel, first, last, isKnown, ...milestones } = read.milestones
  if (!isKnown) return undefined
  const { neverRolledUp } = read
  const tenant = {
    ...milestones,
    tenantId,
    channel: channel === null ? null : normaliseChannel(channel, channelNames),
    usage: sumOf(read.days),
  }
  return {
    ok: true,
    window,
    tenant: neverRolledUp ? toUnknownTenantRow(tenant) : toTenantRow(tenant),
    touches: {
      first: named(first, channelNames),
      last: named(last, channelNames),
      reason: first === null ? 'not_attributed' : null,
    },
    trend: toTrend(read.days, { neverRolledUp, today: dayOf(nowMs), activeTenants: null }),
    events: read.events.slice(0, limit),
    page: pageOf(read.events.map(placeOfEvent), { limit, before, nowMs }),
    freshness: read.freshness,
  }
}

const named = (touch: TenantTouch | null, names: ChannelNames | undefined): TenantTouch | null =>
  touch && { ...touch, channel: normaliseChannel(touch.channel, names) }

interface RawMilestones extends Omit<RawTenant, 'usage' | 'tenantId'> {
  first: TenantTouch | null
  last: TenantTouch | null
  isKnown: boolean
}

const fieldOf: Record<TouchDimension, keyof TenantTouch> = {
  channel: 'channel',
  source: 'source',
  medium: 'medium',
  campaign: 'campaign',
  landing_path: 'landingPath',
}

/** SQL of a touch: the fields that reports group by, from the capture; those that name the visit, while the lead exists. */
const touchSql = (touch: TouchKind): string => `CASE WHEN capture.id IS NOT NULL THEN json_build_object(
    ${touchDimensions.map((name) => `'${fieldOf[name]}', capture.${touch}_${name}`).join(', ')},
    'touchedAt', ${isoSql(`${touch}_touch.touched_at`)}, 'term', ${touch}_touch.term,
    'content', ${touch}_touch.content, 'referrerHost', ${touch}_touch.referrer_host
  ) END`

const milestonesPart = ({ tables, param }: ReadContext, tenantId: string): Part<RawMilestones> => {
  const tenant = param(tenantId, 'text')
  const touchJoin = (touch: TouchKind): string =>
    `LEFT JOIN ${tables.leadTouches} ${touch}_touch
       ON ${touch}_touch.lead_id = milestone.lead_id AND ${touch}_touch.touch = '${touch}'`
  const known = [tables.tenantMilestones, tables.serviceUsageRollups, tables.tenantEvents].map(
    (table) => `EXISTS (SELECT FROM ${table} WHERE tenant_id = ${tenant})`,
  )
  return part(
    `SELECT json_build_object(
      'isKnown', ${known.join(' OR ')},
      'channel', COALESCE(milestone.first_channel, milestone.channel),
      'tenantCreatedAt', ${isoSql('tenant_created_at')}, 'firstApiKeyAt', ${isoSql('first_api_key_at')},
      'firstScanAt', ${isoSql('first_scan_at')},
      'timeToFirstScanMs', ${stageTimeSql.firstScan},
      'lastActiveDay', (
        SELECT ${daySql('max(last_day)')} FROM ${tables.tenantActivity} WHERE tenant_id = ${tenant}
      ),
      'first', ${touchSql('first')}, 'last', ${touchSql('last')}
    )
    FROM (SELECT 1) always
    LEFT JOIN (
      SELECT * FROM ${tables.tenantMilestones} WHERE tenant_id = ${tenant} ORDER BY owner_id LIMIT 1
    ) milestone ON true
    ${touchJoin('first')}
    ${touchJoin('last')}
    -- A lead that was copied a moment ago is not linked to its tenant yet.
    LEFT JOIN ${tables.leadCaptures} capture ON capture.id = COALESCE(milestone.capture_id, first_touch.capture_id)`,
  )
}
