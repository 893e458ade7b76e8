import type { Database } from '@altcontext/webhook-store'
import { defaultHorizonDays, type Horizon } from '../responses/conversion.ts'
import type { Window } from '../responses/metric.ts'
import type { CohortCount } from '../responses/tenants-response.ts'
import { type ChannelNames, normaliseChannel } from '../touches/normalise-channel.ts'
import { cohortOf, countedSql, identity } from './cohort.ts'
import { keyedCohort, noLead } from './keyed-cohort.ts'
import { part, type ReadContext, type ReadOptions, readSnapshot } from './read-snapshot.ts'

/** Which tenants of the window's funnel are requested. */
export interface AmongOptions {
  /** Only the tenants that this number of the funnel counts. @default all tenants, whenever they were created */
  counted?: CohortCount | undefined
  /** Only tenants created in the window that this number of the funnel does not count. */
  notCounted?: CohortCount | undefined
  /** Only tenants created in the window that this channel of the channel report counts; `none` for those without a known lead. */
  channel?: string | undefined
  /** How many days a tenant has to return, as in the funnel. @default 14 */
  horizonDays?: Horizon | undefined
}

interface Scope extends ReadOptions, AmongOptions {
  window: Window
  channelNames?: ChannelNames | undefined
}

/** What a tenant is counted under: a name as somebody spelt it, null without a known lead. */
type ChannelKey = string | null

const byFirstChannel = { by: 'channel', touch: 'first' } as const

/** What the tenants of the requested channel are counted under; undefined when none was requested. */
export const readChannelKeys = async (
  database: Database,
  options: Scope,
): Promise<ChannelKey[] | undefined> => {
  const { channel, channelNames, window } = options
  if (channel === undefined) return undefined
  if (channel === noLead) return [null]
  const { keys } = await readSnapshot(database, options, (context) => ({
    keys: part<string[]>(
      `SELECT COALESCE(json_agg(DISTINCT key), '[]') FROM ${keyedCohort(context, { window, ...byFirstChannel })} WHERE key IS NOT NULL`,
    ),
  }))
  const asked = normaliseChannel(channel, channelNames)
  return keys.filter((key) => normaliseChannel(key, channelNames) === asked)
}

/** SQL that is true for the requested tenants. */
export const amongSql = (
  context: ReadContext,
  { window, counted, notCounted, horizonDays = defaultHorizonDays }: Scope,
  channelKeys: readonly ChannelKey[] | undefined,
): string => {
  const conditions = [
    ...(counted === undefined ? [] : [countedSql(context, counted, horizonDays)]),
    ...(notCounted === undefined ? [] : [`(${countedSql(context, notCounted, horizonDays)}) IS NOT TRUE`]),
    ...(channelKeys === undefined ? [] : [keySql(context, channelKeys)]),
  ]
  if (conditions.length === 0) return 'true'
  const cohort =
    channelKeys === undefined
      ? cohortOf(context, window, identity)
      : keyedCohort(context, { window, ...byFirstChannel }, identity)
  return `(tenant_id, owner_id) IN (SELECT tenant_id, owner_id FROM ${cohort} WHERE ${conditions.join(' AND ')})`
}

/** SQL that is true for the tenants that are counted under one of these. */
export const keySql = ({ param }: ReadContext, keys: readonly ChannelKey[]): string =>
  keys.includes(null) ? 'key IS NULL' : `key = ANY(${param(keys, 'text[]')})`
