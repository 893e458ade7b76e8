import { randomUUID } from 'node:crypto'
import { createSlidingWindows } from '@altcontext/webhook-contract'
import type { FastifyBaseLogger } from 'fastify'
import type { HostDatabase } from '../database/host-tables.ts'

/** A refused ingest request: what was asked for and why it was refused, nothing of what it said. */
export interface Rejection {
  propertyId: string
  endpoint: string
  reason: string
  statusCode: number
}

export interface RejectionLog {
  /** Never throws, never waits: a flood of bad requests must not become a flood of statements. */
  record(rejection: Rejection): void
  flush(): Promise<void>
  close(): Promise<void>
}

const maxPending = 1_000
const flushAfterMs = 1_000
// Strangers cause refusals: a flood must not fill the table.
const perReasonAndRoute = { max: 60, timeWindowMs: 60_000 }

/**
 * Writes `ingest_rejections` behind the answers, many in one statement: of one reason and route no more than 60 in a minute,
 * and past 1,000 pending none.
 */
export const createRejectionLog = (
  { pool, tables }: HostDatabase,
  { now, log }: { now: () => Date; log: () => FastifyBaseLogger },
): RejectionLog => {
  let pending: (Rejection & { occurredAt: string })[] = []
  let dropped = 0
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()
  const recorded = createSlidingWindows(perReasonAndRoute, () => now().getTime())

  const write = async () => {
    clearTimeout(timer)
    timer = undefined
    const batch = pending
    pending = []
    if (dropped > 0) log().warn({ dropped }, 'ingest rejections dropped')
    dropped = 0
    if (batch.length === 0) return
    try {
      await pool.query(
        `INSERT INTO ${tables.ingestRejections} (id, property_id, endpoint, reason, status_code, occurred_at)
         SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int[], $6::timestamp[])`,
        [
          batch.map(() => randomUUID()),
          batch.map(({ propertyId }) => propertyId),
          batch.map(({ endpoint }) => endpoint.slice(0, 255)),
          batch.map(({ reason }) => reason.slice(0, 64)),
          batch.map(({ statusCode }) => statusCode),
          batch.map(({ occurredAt }) => occurredAt),
        ],
      )
    } catch (error) {
      log().warn({ err: error, rejections: batch.length }, 'ingest rejections not recorded')
    }
  }
  const flush = () => {
    writing = writing.then(write)
    return writing
  }

  return {
    record(rejection) {
      // Whoever is over a limit would otherwise still fill the table.
      if (rejection.statusCode === 429) return
      if (!recorded.take(`${rejection.reason} ${rejection.endpoint}`).isAllowed) return
      if (pending.length >= maxPending) {
        dropped += 1
        return
      }
      const { propertyId, endpoint, reason, statusCode } = rejection
      pending.push({ propertyId, endpoint, reason, statusCode, occurredAt: now().toISOString() })
      timer ??= setTimeout(flush, flushAfterMs).unref()
    },
    flush,
    close: flush,
  }
}
