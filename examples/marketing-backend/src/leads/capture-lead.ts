import { randomUUID } from 'node:crypto'
import type { Transaction } from '../database/transaction.ts'

export const consentStatuses = ['pending', 'express', 'implied', 'withdrawn'] as const
export type ConsentStatus = (typeof consentStatuses)[number]

export interface LeadCapture {
  emailNormalized: string
  visitorId: string
  sourceChannel?: string | undefined
  formName?: string | undefined
  consentStatus: ConsentStatus
  capturedAt: Date
}

/**
 * Writes the lead and its link to the visitor; call it in a transaction. Anybody can capture anybody's address, so a second
 * capture changes neither the channel of a known lead nor a withdrawal: only a confirmed opt-in undoes that, at
 * `POST /v1/leads/confirm`. Otherwise consent only grows.
 */
export const captureLead = async ({ client, tables }: Transaction, capture: LeadCapture): Promise<string> => {
  const at = capture.capturedAt.toISOString()
  const { rows } = await client.query<{ id: string }>(
    `INSERT INTO ${tables.leads} AS l (id, email_normalized, source_channel, form_name, consent_status,
       first_captured_at, last_captured_at)
     VALUES ($1, $2, $3, $4, $5, $6, $6)
     ON CONFLICT (email_normalized) DO UPDATE SET
       form_name = COALESCE(EXCLUDED.form_name, l.form_name),
       consent_status = CASE
         WHEN l.consent_status = 'withdrawn' THEN l.consent_status
         WHEN EXCLUDED.consent_status IN ('express', 'withdrawn') THEN EXCLUDED.consent_status
         WHEN l.consent_status = 'pending' THEN EXCLUDED.consent_status
         ELSE l.consent_status END,
       first_captured_at = LEAST(l.first_captured_at, EXCLUDED.first_captured_at),
       last_captured_at = GREATEST(l.last_captured_at, EXCLUDED.last_captured_at)
     RETURNING id`,
    [
      randomUUID(),
      capture.emailNormalized,
      capture.sourceChannel,
      capture.formName,
      capture.consentStatus,
      at,
    ],
  )
  const leadId = rows[0]?.id ?? ''
  await client.query(
    `INSERT INTO ${tables.leadIdentities} (id, lead_id, visitor_id, link_source, confidence, linked_at)
     VALUES ($1, $2, $3, 'form_submit', 1, $4)
     ON CONFLICT (lead_id, visitor_id, link_source) DO NOTHING`,
    [randomUUID(), leadId, capture.visitorId, at],
  )
  return leadId
}
