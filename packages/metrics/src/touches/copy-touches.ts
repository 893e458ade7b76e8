import { randomUUID } from 'node:crypto'
import { createTables, type Database, type Tables } from '@altcontext/webhook-store'
import { type JobOptions, withRollupLock } from '../rollups/rollup-lock.ts'
import type { ChannelNames } from './normalise-channel.ts'
import { normaliseChannel } from './normalise-channel.ts'
import { type Touch, toTouch, touchDimensions, type Visit } from './to-touch.ts'

export interface CopyTouchesOptions extends JobOptions {
  channelNames?: ChannelNames | undefined
  /** Leads in one transaction. @default 500 */
  chunkLeads?: number | undefined
}

/** What one run of {@link copyTouches} did. */
export interface CopiedTouches {
  leads: number
}

// A visit may be reported a little later than the lead that it led to.
const patienceMs = 600_000

/**
 * Copies the first and the last touch of every lead that has none yet from the host's visits, which are purged, and the
 * capture of every tenant's lead. With a database for one customer of the host, that customer's leads.
 */
export const copyTouches = async (
  database: Database,
  { schema, now = Date.now, channelNames = {}, chunkLeads = 500 }: CopyTouchesOptions = {},
): Promise<CopiedTouches> => {
  const tables = createTables(schema)
  const copied: CopiedTouches = { leads: 0 }
  for (let chunk = chunkLeads; chunk === chunkLeads; ) {
    const done = await withRollupLock(database, { schema, wait: false }, async (tx) => {
      const leads = await readLeads(tx, tables, { database, limit: chunkLeads, nowMs: now() })
      await writeTouches(tx, tables, { database, leads, channelNames })
      await linkTenants(tx, tables)
      return leads.length
    })
    chunk = done ?? 0
    copied.leads += chunk
  }
  return copied
}

interface CapturedLead {
  id: string
  sourceChannel: string | null
  capturedOn: string
  first: Visit | null
  last: Visit | null
}

interface ReadLeads {
  database: Database
  limit: number
  nowMs: number
}

const readLeads = async (
  tx: Database,
  tables: Tables,
  { database, limit, nowMs }: ReadLeads,
): Promise<CapturedLead[]> => {
  const { leadScope } = database
  const visitOf = (order: 'ASC' | 'DESC') => `(
    SELECT json_build_object(
      'startedAt', to_char(session.started_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
      'trafficSource', (
        SELECT event.traffic_source FROM ${tables.events} event
        WHERE event.session_id = session.id ORDER BY event.is_entrance DESC, event.timestamp, event.id LIMIT 1
      ),
      'landingPath', session.landing_path, 'referrer', session.referrer, 'utmSource', session.utm_source,
      'utmMedium', session.utm_medium, 'utmCampaign', session.utm_campaign, 'utmTerm', session.utm_term,
      'utmContent', session.utm_content
    )
    FROM ${tables.leadIdentities} identity
    JOIN ${tables.sessions} session ON session.visitor_id = identity.visitor_id
    WHERE identity.lead_id = lead.id
    -- What came after the capture did not lead to it.
    ORDER BY session.started_at <= lead.first_captured_at DESC,
      CASE WHEN session.started_at > lead.first_captured_at THEN session.started_at END, session.started_at ${order}, session.id
    LIMIT 1
  )`
  const rows = await tx.query<{ lead: string }>(
    `SELECT json_build_object(
       'id', lead.id, 'sourceChannel', NULLIF(lead.source_channel, ''),
       'capturedOn', to_char(lead.first_captured_at, 'YYYY-MM-DD'), 'first', ${visitOf('ASC')}, 'last', ${visitOf('DESC')}
     )::text AS lead
     FROM ${tables.leads} lead
     WHERE NOT EXISTS (SELECT FROM ${tables.leadTouches} known WHERE known.lead_id = lead.id)
       AND (
         lead.first_captured_at <= $1::timestamp(3)
         OR EXISTS (
           SELECT FROM ${tables.leadIdentities} identity
           JOIN ${tables.sessions} session ON session.visitor_id = identity.visitor_id
           WHERE identity.lead_id = lead.id
         )
       )
       ${leadScope === undefined ? '' : 'AND lead.tenant_id = $3::text::uuid'}
     ORDER BY lead.first_captured_at, lead.id
     LIMIT $2
     FOR KEY SHARE OF lead`,
    [
      new Date(nowMs - patienceMs).toISOString(),
      limit,
      ...(leadScope === undefined ? [] : [leadScope.tenantId]),
    ],
  )
  return rows.map(({ lead }) => JSON.parse(lead) as CapturedLead)
}

interface WriteTouches {
  database: Database
  leads: readonly CapturedLead[]
  channelNames: ChannelNames
}

const captureColumns = ['first', 'last'].flatMap((touch) => touchDimensions.map((name) => `${touch}_${name}`))

const touchColumns = [
  'touched_at',
  ...touchDimensions,
  'term',
  'content',
  'referrer_host',
] as const satisfies (keyof Touch)[]

const writeTouches = async (
  tx: Database,
  tables: Tables,
  { database, leads, channelNames }: WriteTouches,
): Promise<void> => {
  if (leads.length === 0) return
  const rows = leads.map((lead) => ({
    id: randomUUID(),
    lead_id: lead.id,
    captured_on: lead.capturedOn,
    ...touchesOf(lead, channelNames),
  }))
  const dimensions = (touch: 'first' | 'last') =>
    touchDimensions.map((name) => `row.${touch}->>'${name}'`).join(', ')
  await tx.query(
    `WITH row AS (
       SELECT * FROM json_to_recordset($1::json)
         AS row(id text, lead_id text, captured_on date, first json, last json)
     ),
     captured AS (
       INSERT INTO ${tables.leadCaptures} (id, owner_id, captured_on, ${captureColumns.join(', ')})
       SELECT id, $2::text, captured_on, ${dimensions('first')}, ${dimensions('last')} FROM row
     )
     INSERT INTO ${tables.leadTouches} (lead_id, touch, owner_id, capture_id, ${touchColumns.join(', ')})
     SELECT row.lead_id, touch.name, $2::text, row.id, ${touchColumns.map((name) => `touch.${name}`).join(', ')}
     FROM row CROSS JOIN LATERAL (
       SELECT 'first' AS name, * FROM json_to_record(row.first) AS touch(${touchTypes})
       UNION ALL
       SELECT 'last' AS name, * FROM json_to_record(row.last) AS touch(${touchTypes})
     ) touch`,
    [JSON.stringify(rows), database.leadScope?.tenantId ?? ''],
  )
}

const touchTypes = touchColumns
  .map((name) => `${name} ${name === 'touched_at' ? 'timestamp(3)' : 'text'}`)
  .join(', ')

/** What the form said about the channel counts more than the visit. */
const touchesOf = ({ sourceChannel, first, last }: CapturedLead, names: ChannelNames) => {
  const stated = sourceChannel === null ? {} : { channel: normaliseChannel(sourceChannel, names) }
  const firstTouch = { ...toTouch(first ?? undefined, names), ...stated }
  // A lead that came once was touched once; of several visits the last one has a channel of its own.
  const isOneVisit = last === null || first === null || first.startedAt === last.startedAt
  return { first: firstTouch, last: isOneVisit ? firstTouch : toTouch(last, names) }
}

const linkTenants = async (tx: Database, tables: Tables): Promise<void> => {
  await tx.query(
    `INSERT INTO ${tables.tenantCaptures} AS known (tenant_id, owner_id, capture_id)
     SELECT milestone.tenant_id, milestone.owner_id, touch.capture_id
     FROM ${tables.tenantMilestones} milestone
     JOIN ${tables.leadTouches} touch ON touch.lead_id = milestone.lead_id AND touch.touch = 'first'
     LEFT JOIN ${tables.tenantCaptures} linked
       ON linked.tenant_id = milestone.tenant_id AND linked.owner_id = milestone.owner_id
     WHERE linked.capture_id IS DISTINCT FROM touch.capture_id
     ON CONFLICT (tenant_id, owner_id) DO UPDATE SET capture_id = EXCLUDED.capture_id`,
  )
  await tx.query(
    `WITH linked AS (
       SELECT milestone.tenant_id, milestone.owner_id, linked.capture_id
       FROM ${tables.tenantMilestones} milestone JOIN ${tables.tenantCaptures} linked USING (tenant_id, owner_id)
       WHERE milestone.capture_id IS DISTINCT FROM linked.capture_id
       -- Whose events are being stored comes with the next run: nobody waits for rows that the other one holds.
       FOR NO KEY UPDATE OF milestone SKIP LOCKED
     )
     UPDATE ${tables.tenantMilestones} milestone
     SET capture_id = capture.id, ${captureColumns.map((name) => `${name} = capture.${name}`).join(', ')}
     FROM linked JOIN ${tables.leadCaptures} capture ON capture.id = linked.capture_id
     WHERE milestone.tenant_id = linked.tenant_id AND milestone.owner_id = linked.owner_id`,
  )
}
