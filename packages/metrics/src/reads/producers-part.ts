import { completenessLimits } from '@altcontext/webhook-contract'
import type { Database } from '@altcontext/webhook-store'
import type { BridgeResponse, ProducerState } from '../responses/bridge-response.ts'
import { isoSql, type Part, part, type ReadContext, type ReadOptions, readSnapshot } from './read-snapshot.ts'
import { isRetiredSql } from './retired-producers.ts'

type RawProducer = Omit<ProducerState, 'isSilent' | 'isClockWrong'> & {
  heartbeat: NonNullable<ProducerState['heartbeat']> | null
}

/** {@link producersPart} alone. */
export const readProducers = async (
  database: Database,
  options: ReadOptions,
): Promise<BridgeResponse['producers']> =>
  (await readSnapshot(database, options, (context) => ({ producers: producersPart(context) }))).producers

/** The durable outboxes that have sent a heartbeat or a proof: docs/completeness.md. */
export const producersPart = (context: ReadContext): Part<BridgeResponse['producers']> => {
  const { tables, nowMs } = context
  return part(
    `SELECT COALESCE(json_agg(json_build_object(
      'producerId', producer_id,
      'firstSeenAt', ${isoSql('first_seen_at')},
      'isRetired', ${isRetiredSql(context)},
      'heartbeat', CASE WHEN heartbeat_at IS NOT NULL THEN json_build_object(
        'receivedAt', ${isoSql('heartbeat_at')}, 'sentAt', ${isoSql('heartbeat_sent_at')}, 'intervalMs', heartbeat_interval_ms,
        'closedThrough', ${isoSql('closed_through')}, 'oldestPendingMs', oldest_pending_ms, 'ledger', ledger
      ) END,
      'proof', proof
    ) ORDER BY first_seen_at, producer_id), '[]') FROM ${tables.eventProducers}`,
    (producers: RawProducer[]) =>
      producers.map((producer): ProducerState => {
        const { heartbeat } = producer
        if (heartbeat === null || producer.isRetired)
          return { ...producer, isSilent: null, isClockWrong: null }
        const maxAgeMs = heartbeat.intervalMs * completenessLimits.silentAfterIntervals
        const receivedMs = Date.parse(heartbeat.receivedAt)
        return {
          ...producer,
          isSilent: nowMs - receivedMs > maxAgeMs,
          isClockWrong: Math.abs(receivedMs - Date.parse(heartbeat.sentAt)) > completenessLimits.graceMs,
        }
      }),
  )
}
