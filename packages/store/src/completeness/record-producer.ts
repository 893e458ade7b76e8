import {
  type CompletenessProof,
  completenessLimits,
  type HeartbeatRequest,
} from '@altcontext/webhook-contract'
import { createTables } from '../create-tables.ts'
import type { Database } from '../database/database.ts'
import { ownerOf } from '../database/lead-scope.ts'

export interface RecordProducerOptions {
  /** @default the connection's search path */
  schema?: string | undefined
  /** The clock of this server. @default Date.now() */
  nowMs?: number | undefined
  /** How long the statement may go without a response. @default 8_000 */
  timeoutMs?: number | undefined
}

/**
 * Keeps the last heartbeat of a producer. One that was overtaken by a later one changes nothing; the producer's own clock says which is later,
 * because several servers receive them. The producer's clock may have been put back, and its clock or a server's may have been far ahead: so a heartbeat
 * that is received two minutes after the last one always counts, and so does one that follows a heartbeat from the future.
 */
export const recordHeartbeat = (
  database: Database,
  { producer, sentAt, intervalMs, closedThrough, oldestPendingMs, ledger }: HeartbeatRequest,
  options: RecordProducerOptions = {},
): Promise<void> =>
  record(database, options, { isRepeated: true }, (eventProducers, now) => [
    `INSERT INTO ${eventProducers} AS known (producer_id, owner_id, first_seen_at, heartbeat_at, heartbeat_sent_at,
       heartbeat_interval_ms, closed_through, oldest_pending_ms, ledger)
     VALUES ($1::uuid, $2, $3::timestamp(3), $3::timestamp(3), $4::timestamp(3), $5::int, $6::timestamp(3), $7::bigint, $8::jsonb)
     ON CONFLICT (producer_id, owner_id) DO UPDATE SET heartbeat_at = EXCLUDED.heartbeat_at,
       heartbeat_sent_at = EXCLUDED.heartbeat_sent_at, heartbeat_interval_ms = EXCLUDED.heartbeat_interval_ms,
       closed_through = EXCLUDED.closed_through, oldest_pending_ms = EXCLUDED.oldest_pending_ms, ledger = EXCLUDED.ledger
     WHERE known.heartbeat_sent_at IS NULL OR known.heartbeat_sent_at <= EXCLUDED.heartbeat_sent_at
       OR known.heartbeat_at < EXCLUDED.heartbeat_at - $9::int * interval '1 millisecond'
       OR greatest(known.heartbeat_at, known.heartbeat_sent_at) > EXCLUDED.heartbeat_at + $9::int * interval '1 millisecond'`,
    [
      ...[producer, ownerOf(database), now, sentAt, intervalMs, closedThrough, oldestPendingMs],
      ...[JSON.stringify(ledger), completenessLimits.graceMs],
    ],
  ])

/** Keeps the result of a producer's last reconciliation. */
export const recordProof = (
  database: Database,
  { producer, proof }: { producer: string; proof: CompletenessProof },
  options: RecordProducerOptions = {},
): Promise<void> =>
  record(database, options, {}, (eventProducers, now) => [
    `INSERT INTO ${eventProducers} (producer_id, owner_id, first_seen_at, proof_at, proof)
     VALUES ($1::uuid, $2, $3::timestamp(3), $3::timestamp(3), $4::jsonb)
     ON CONFLICT (producer_id, owner_id) DO UPDATE SET proof_at = EXCLUDED.proof_at, proof = EXCLUDED.proof`,
    [producer, ownerOf(database), now, JSON.stringify(proof)],
  ])

const record = async (
  database: Database,
  { schema, nowMs = Date.now(), timeoutMs = 8000 }: RecordProducerOptions,
  { isRepeated = false }: { isRepeated?: boolean },
  statementOf: (eventProducers: string, now: string) => [text: string, params: unknown[]],
): Promise<void> => {
  const [text, params] = statementOf(createTables(schema).eventProducers, new Date(nowMs).toISOString())
  await database.transaction((tx) => tx.query(text, params, { isRepeated, isOnly: true }), {
    timeoutMs,
    needsStandby: true,
  })
}
