import { randomUUID } from 'node:crypto'
import { type Database, ownerOf, type Tables } from '@altcontext/webhook-store'
import type { Finding } from './alert-kind.ts'

/** One message about an occurrence that has not been sent yet. */
export interface UnsentMessage extends Finding {
  id: string
  /** The message that it has started, or the one that it is over. */
  moment: 'start' | 'end'
  /** No other message of its occurrence follows in this claim. */
  isLast: boolean
  alertId: string
  /** The host's customer; empty where there is none. */
  ownerId: string
  kind: string
  startedAt: Date
  /** Null in a message that it has started. */
  endedAt: Date | null
}

/** Longer than all retries of a message take: after it, the process is gone or could not send the message. */
const claimMs = 120_000

const toIso = (ms: number): string => new Date(ms).toISOString()

/** Records which occurrences of a kind have begun and which are over. Those that continue are left as they are. */
export const noteFindings = async (
  tx: Database,
  tables: Tables,
  { kind, findings, nowMs }: { kind: string; findings: readonly Finding[]; nowMs: number },
): Promise<void> => {
  const ownerId = ownerOf(tx)
  await tx.query(
    `UPDATE ${tables.webhookAlerts} SET ended_at = $4::timestamp(3)
     WHERE owner_id = $1 AND kind = $2 AND ended_at IS NULL AND NOT subject = ANY($3::text[])`,
    [ownerId, kind, findings.map(({ subject }) => subject), toIso(nowMs)],
  )
  for (const { subject, measured, bound } of findings) {
    await tx.query(
      `INSERT INTO ${tables.webhookAlerts} (id, owner_id, kind, subject, measured, bound, started_at, end_id)
       SELECT $1, $2::text, $3::text, $4::text, $5::float8, $6::float8, $7::timestamp(3), $8
       WHERE NOT EXISTS (
         SELECT FROM ${tables.webhookAlerts}
         WHERE owner_id = $2::text AND kind = $3::text AND subject = $4::text AND ended_at IS NULL
       )`,
      [randomUUID(), ownerId, kind, subject, measured, bound, toIso(nowMs), randomUUID()],
    )
  }
}

/** Ends the alerts of a kind that is turned off, without a message. */
export const forgetFindings = async (
  tx: Database,
  tables: Tables,
  { kind, nowMs }: { kind: string; nowMs: number },
): Promise<void> => {
  await tx.query(
    `UPDATE ${tables.webhookAlerts} SET ended_at = $3::timestamp(3), end_sent_at = $3::timestamp(3),
       start_sent_at = COALESCE(start_sent_at, $3::timestamp(3))
     WHERE owner_id = $1 AND kind = $2 AND ended_at IS NULL`,
    [ownerOf(tx), kind, toIso(nowMs)],
  )
}

/**
 * The messages of one occurrence, its start before its end. No other process takes them for a while. Messages that were tried come
 * after those that were not, so that one that cannot be delivered does not keep the others waiting.
 */
export const claimUnsent = async (
  database: Database,
  tables: Tables,
  nowMs: number,
): Promise<UnsentMessage[]> => {
  const { leadScope } = database
  const rows = await database.transaction((tx) =>
    tx.query<ClaimedRow>(
      `UPDATE ${tables.webhookAlerts} claimed SET claimed_until = $2::timestamp(3)
       FROM (
         SELECT id FROM ${tables.webhookAlerts}
         WHERE (start_sent_at IS NULL OR (ended_at IS NOT NULL AND end_sent_at IS NULL))
           AND (claimed_until IS NULL OR claimed_until <= $1::timestamp(3))
           AND ($3::text IS NULL OR owner_id = $3::text)
         ORDER BY claimed_until NULLS FIRST, started_at LIMIT 1 FOR UPDATE SKIP LOCKED
       ) unsent
       WHERE claimed.id = unsent.id
       RETURNING claimed.id, end_id AS "endId", owner_id AS "ownerId", kind, subject, measured, bound,
         extract(epoch FROM started_at)::float8 * 1000 AS "startedMs",
         extract(epoch FROM ended_at)::float8 * 1000 AS "endedMs", start_sent_at IS NOT NULL AS "isStartSent"`,
      [toIso(nowMs), toIso(nowMs + claimMs), leadScope?.tenantId ?? null],
    ),
  )
  return rows.flatMap(messagesOf)
}

/** The message has arrived. */
export const noteSent = async (
  database: Database,
  tables: Tables,
  { message: { alertId, moment, isLast }, nowMs }: { message: UnsentMessage; nowMs: number },
): Promise<void> => {
  const column = moment === 'start' ? 'start_sent_at' : 'end_sent_at'
  await database.transaction((tx) =>
    tx.query(
      // An occurrence that has ended in the meantime can be claimed at once.
      `UPDATE ${tables.webhookAlerts}
       SET ${column} = $2::timestamp(3), claimed_until = CASE WHEN $3::boolean THEN NULL ELSE claimed_until END
       WHERE id = $1`,
      [alertId, toIso(nowMs), isLast],
    ),
  )
}

/** The message was not sent, because this process ends: another process may take it at once. */
export const giveBack = async (
  database: Database,
  tables: Tables,
  { alertId }: UnsentMessage,
): Promise<void> => {
  await database.transaction((tx) =>
    tx.query(`UPDATE ${tables.webhookAlerts} SET claimed_until = NULL WHERE id = $1`, [alertId]),
  )
}

interface ClaimedRow extends Finding {
  id: string
  endId: string
  ownerId: string
  kind: string
  startedMs: number
  endedMs: number | null
  isStartSent: boolean
}

const messagesOf = (row: ClaimedRow): UnsentMessage[] => {
  const { id: alertId, endId, startedMs, endedMs, isStartSent, ...known } = row
  const endedAt = endedMs === null ? null : new Date(endedMs)
  const shared = { ...known, alertId, startedAt: new Date(startedMs) }
  return [
    ...(isStartSent
      ? []
      : [{ ...shared, id: alertId, moment: 'start' as const, isLast: endedAt === null, endedAt: null }]),
    ...(endedAt === null ? [] : [{ ...shared, id: endId, moment: 'end' as const, isLast: true, endedAt }]),
  ]
}
