import { randomUUID } from 'node:crypto'
import type { Transaction } from '../database/transaction.ts'
import type { Utm } from '../http/fields.ts'
import type { TrafficSource } from './classify-traffic.ts'

/** One beacon, ready to be written. */
export interface Visit {
  anonId: string
  eventType: string
  path: string
  propertyId: string
  trafficSource: TrafficSource
  referrer?: string | undefined
  utm?: Utm | undefined
  ipHash?: string | undefined
  occurredAt: Date
}

export interface RecordedVisit {
  visitorId: string
  sessionId: string
  eventId: string
  isEntrance: boolean
}

/** Events that are the purpose of the site. */
const conversions = new Set(['form_submit', 'lead_captured', 'conversion'])

const sessionInactivity = '30 minutes'

/**
 * Writes visitor, session and event of one beacon; call it in a transaction. The visitor's row is written
 * first and so is locked, which keeps two beacons of one visitor from opening two sessions.
 */
export const recordVisit = async (tx: Transaction, visit: Visit): Promise<RecordedVisit> => {
  const at = visit.occurredAt.toISOString()
  const visitorId = await upsertVisitor(tx, visit.anonId, at)
  const current = await extendSession(tx, visitorId, at)
  const sessionId = current ?? (await openSession(tx, visitorId, visit, at))
  const isEntrance = current === undefined
  const eventId = randomUUID()
  await tx.client.query(
    `INSERT INTO ${tx.tables.events} (id, visitor_id, session_id, event_type, path, timestamp, property_id, traffic_source,
       is_entrance, is_conversion)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      eventId,
      visitorId,
      sessionId,
      visit.eventType,
      visit.path,
      at,
      visit.propertyId,
      visit.trafficSource,
      isEntrance,
      conversions.has(visit.eventType),
    ],
  )
  return { visitorId, sessionId, eventId, isEntrance }
}

const upsertVisitor = async (
  { client, tables }: Transaction,
  anonId: string,
  at: string,
): Promise<string> => {
  const { rows } = await client.query<{ id: string }>(
    `INSERT INTO ${tables.visitors} AS v (id, anon_id, first_seen_at, last_seen_at) VALUES ($1, $2, $3, $3)
     ON CONFLICT (anon_id) DO UPDATE SET
       first_seen_at = LEAST(v.first_seen_at, EXCLUDED.first_seen_at),
       last_seen_at = GREATEST(v.last_seen_at, EXCLUDED.last_seen_at)
     RETURNING id`,
    [randomUUID(), anonId, at],
  )
  return rows[0]?.id ?? ''
}

/** Beacons may arrive late: a session is the one whose span, widened by the inactivity, covers the moment. */
const extendSession = async (
  { client, tables }: Transaction,
  visitorId: string,
  at: string,
): Promise<string | undefined> => {
  const { rows } = await client.query<{ id: string }>(
    `UPDATE ${tables.sessions} SET
       started_at = LEAST(started_at, $2::timestamp),
       last_activity_at = GREATEST(last_activity_at, $2::timestamp)
     WHERE id = (
       SELECT id FROM ${tables.sessions}
       WHERE visitor_id = $1
         AND last_activity_at > $2::timestamp - interval '${sessionInactivity}'
         AND started_at < $2::timestamp + interval '${sessionInactivity}'
       ORDER BY started_at DESC LIMIT 1)
     RETURNING id`,
    [visitorId, at],
  )
  return rows[0]?.id
}

const openSession = async (
  { client, tables }: Transaction,
  visitorId: string,
  visit: Visit,
  at: string,
): Promise<string> => {
  const id = randomUUID()
  const { utm = {} } = visit
  await client.query(
    `INSERT INTO ${tables.sessions} (id, visitor_id, started_at, last_activity_at, landing_path, referrer,
       utm_source, utm_medium, utm_campaign, utm_term, utm_content, ip_hash)
     VALUES ($1, $2, $3, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      id,
      visitorId,
      at,
      visit.path,
      visit.referrer,
      utm.source,
      utm.medium,
      utm.campaign,
      utm.term,
      utm.content,
      visit.ipHash,
    ],
  )
  return id
}
