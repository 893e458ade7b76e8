import { randomUUID } from 'node:crypto'
import { createTables, type Database } from '@altcontext/webhook-store'
import { addDays, dayOf } from '../days.ts'
import { type JobOptions, withRollupLock } from '../rollups/rollup-lock.ts'
import type { ChannelNames } from './normalise-channel.ts'
import { toTouch, touchDimensions, type Visit } from './to-touch.ts'

export interface CountVisitorsOptions extends JobOptions {
  /** The host's property whose visitors are counted. */
  marketingPropertyId: string
  channelNames?: ChannelNames | undefined
}

// The host keeps its visits for this long.
const visitDays = 90

/**
 * Counts the host's visitors of every day by where the first visit of the day came from, before the host purges its visits:
 * the days that were never counted, and the last two, which may still grow.
 */
export const countVisitors = async (
  database: Database,
  { schema, now = Date.now, marketingPropertyId, channelNames = {} }: CountVisitorsOptions,
): Promise<void> => {
  const tables = createTables(schema)
  const today = dayOf(now())
  const ownerId = database.leadScope?.tenantId ?? ''
  const scoped = database.leadScope === undefined ? '' : 'AND event.tenant_id = $3::text::uuid'
  await withRollupLock(database, { schema, wait: false }, async (tx) => {
    const [known] = await tx.query<{ last: string | null }>(
      `SELECT to_char(max(day), 'YYYY-MM-DD') AS last FROM ${tables.dailyVisitors} WHERE property_id = $1 AND owner_id = $2`,
      [marketingPropertyId, ownerId],
    )
    // The host may have purged a part of the day before: it is not counted again.
    const firstWhole = addDays(today, 1 - visitDays)
    const since = [addDays(known?.last ?? firstWhole, -1), addDays(today, -1)].sort()[0]
    const from = [firstWhole, since].sort().at(-1)
    const rows = await tx.query<{ day: string; visit: string; visitors: number }>(
      `SELECT day, visit, count(*)::int AS visitors FROM (
         SELECT DISTINCT ON (event.visitor_id, event.timestamp::date) to_char(event.timestamp, 'YYYY-MM-DD') AS day,
           json_build_object(
             'startedAt', '', 'trafficSource', event.traffic_source, 'landingPath', session.landing_path,
             'referrer', substring(session.referrer FROM '^[a-zA-Z]+://[^/?#]*'), 'utmSource', session.utm_source,
             'utmMedium', session.utm_medium, 'utmCampaign', session.utm_campaign, 'utmTerm', NULL, 'utmContent', NULL
           )::text AS visit
         FROM ${tables.events} event JOIN ${tables.sessions} session ON session.id = event.session_id
         WHERE event.property_id = $1 AND event.timestamp >= $2::date ${scoped}
         ORDER BY event.visitor_id, event.timestamp::date, event.timestamp, event.id
       ) first_visits GROUP BY day, visit`,
      [marketingPropertyId, from, ...(scoped === '' ? [] : [ownerId])],
    )
    await tx.query(
      `DELETE FROM ${tables.dailyVisitors} WHERE property_id = $1 AND owner_id = $2 AND day >= $3::date`,
      [marketingPropertyId, ownerId, from],
    )
    await tx.query(
      `INSERT INTO ${tables.dailyVisitors} (id, owner_id, property_id, day, ${touchDimensions.join(', ')}, visitors)
       SELECT id, $2, $3, day, ${touchDimensions.join(', ')}, visitors
       FROM json_to_recordset($1::json)
         AS row(id text, day date, ${touchDimensions.map((name) => `${name} text`).join(', ')}, visitors int)`,
      [JSON.stringify(addUp(rows, channelNames)), ownerId, marketingPropertyId],
    )
  })
}

const addUp = (rows: readonly { day: string; visit: string; visitors: number }[], names: ChannelNames) => {
  const sums = new Map<string, Record<string, unknown> & { visitors: number }>()
  for (const { day, visit, visitors } of rows) {
    const touch = toTouch(JSON.parse(visit) as Visit, names)
    const dimensions = Object.fromEntries(touchDimensions.map((name) => [name, touch[name]]))
    const key = JSON.stringify([day, dimensions])
    const sum = sums.get(key) ?? { id: randomUUID(), day, ...dimensions, visitors: 0 }
    sum.visitors += visitors
    sums.set(key, sum)
  }
  return [...sums.values()]
}
