import { randomUUID } from 'node:crypto'
import { createPerMinute } from '@altcontext/webhook-contract'
import { countIngestRejections, fromPg, type IngestRejection } from '@altcontext/webhook-store'
import type { FastifyBaseLogger } from 'fastify'
import type { DatabaseHandle } from '../database/create-pool.ts'

/** A refused ingest request: its route and why it was refused, without its contents. */
export type Rejection = Omit<IngestRejection, 'occurredAtMs'>

export interface RejectionLog {
  /** Never throws, never waits: a flood of bad requests must not become a flood of statements. */
  record(rejection: Rejection): void
  flush(): Promise<void>
  close(): Promise<void>
}

const maxRows = 1_000
const flushAfterMs = 1_000
// Strangers cause refusals: a flood must not fill the table.
const maxRowsPerMinute = 60

/**
 * Writes `ingest_rejections` after the responses, many in one statement: for one reason and route the first 60 in a minute, and
 * at most 1,000 at once. The others are counted per minute, reason and route.
 */
export const createRejectionLog = (
  { pool, schema, tables }: DatabaseHandle,
  { now, log }: { now: () => Date; log: () => FastifyBaseLogger },
): RejectionLog => {
  const database = fromPg(pool)
  const perMinute = createPerMinute(maxRowsPerMinute)
  let rows: IngestRejection[] = []
  let counts = new Map<string, IngestRejection & { refused: number }>()
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()

  const writeRows = (taken: readonly IngestRejection[]) =>
    pool.query(
      `INSERT INTO ${tables.ingestRejections} (id, property_id, endpoint, reason, status_code, occurred_at)
       SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int[], $6::timestamp[])`,
      [
        taken.map(() => randomUUID()),
        taken.map(({ propertyId }) => propertyId),
        taken.map(({ endpoint }) => endpoint),
        taken.map(({ reason }) => reason),
        taken.map(({ statusCode }) => statusCode),
        taken.map(({ occurredAtMs }) => new Date(occurredAtMs).toISOString()),
      ],
    )
  const write = async () => {
    clearTimeout(timer)
    timer = undefined
    const [takenRows, takenCounts] = [rows, [...counts.values()]]
    rows = []
    counts = new Map()
    try {
      if (takenRows.length > 0) await writeRows(takenRows)
      if (takenCounts.length > 0) await countIngestRejections(database, takenCounts, { schema })
    } catch (error) {
      log().warn({ err: error }, 'ingest rejections not recorded')
    }
  }
  const flush = () => {
    writing = writing.then(write)
    return writing
  }

  return {
    record(rejection) {
      // Otherwise clients that are over a limit would still fill the table.
      if (rejection.statusCode === 429) return
      const occurredAtMs = now().getTime()
      const name = `${rejection.reason} ${rejection.endpoint}`
      const { isWithin } = perMinute.count(name, occurredAtMs)
      if (isWithin && rows.length < maxRows) rows.push({ ...rejection, occurredAtMs })
      else {
        const minute = `${name} ${rejection.statusCode} ${Math.floor(occurredAtMs / 60_000)}`
        const count = counts.get(minute) ?? { ...rejection, occurredAtMs, refused: 0 }
        count.refused += 1
        counts.set(minute, count)
      }
      timer ??= setTimeout(flush, flushAfterMs).unref()
    },
    flush,
    close: flush,
  }
}
