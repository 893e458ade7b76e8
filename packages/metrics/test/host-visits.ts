import { marketingPropertyId, type TestBridge } from './test-bridge.ts'

export interface HostVisit {
  id: string
  visitor: string
  at: string
  source: string
  landingPath?: string
  referrer?: string | null
  utm?: [
    source: string | null,
    medium: string | null,
    campaign: string | null,
    term?: string | null,
    content?: string | null,
  ]
}

/** Writes a visit of one page as the host does. */
export const visit = async (
  { sql }: TestBridge,
  { id, visitor, at, source, landingPath = '/', referrer = null, utm }: HostVisit,
) => {
  await sql(`INSERT INTO visitors (id, anon_id) VALUES ($1::text, $1::text) ON CONFLICT DO NOTHING`, [
    visitor,
  ])
  await sql(
    `INSERT INTO sessions (id, visitor_id, started_at, last_activity_at, landing_path, referrer,
       utm_source, utm_medium, utm_campaign, utm_term, utm_content)
     VALUES ($1, $2, $3::timestamp, $3::timestamp, $4, $5, $6, $7, $8, $9, $10)`,
    [
      id,
      visitor,
      at,
      landingPath,
      referrer,
      ...Array.from({ length: 5 }, (_, index) => utm?.[index] ?? null),
    ],
  )
  await sql(
    `INSERT INTO events (id, visitor_id, session_id, event_type, path, timestamp, property_id, traffic_source, is_entrance)
     VALUES ($1::text, $2, $1::text, 'page_view', $3, $4::timestamp, $5, $6::traffic_source, true)`,
    [id, visitor, landingPath, at, marketingPropertyId, source],
  )
}

/** Links a visitor to a lead, as the host does when its form is sent. */
export const identify = ({ sql }: TestBridge, email: string, visitor: string) =>
  sql(
    `INSERT INTO lead_identities (id, lead_id, visitor_id, link_source, confidence)
     SELECT $1::text || $2::text, id, $2::text, 'form_submit', 1 FROM leads WHERE email_normalized = $1::text`,
    [email, visitor],
  )
