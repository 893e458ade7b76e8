import { createPerMinute } from '@altcontext/webhook-contract'
import {
  type Database,
  type IngestRejection,
  inLeadScope,
  recordIngestRejection,
} from '@altcontext/webhook-store'
import { createRejectionCounts } from './create-rejection-counts.ts'
import type { RefusedRequest } from './refusal-reporter.ts'

export interface RecordIngestRejectionsOptions {
  /** @default the receiver's `propertyId` */
  propertyId?: string | undefined
  /** The schema that holds the tables. @default the connection's search path */
  schema?: string | undefined
}

/** A refused request of the receiver, or of another route of the same server, with a reason of its own. */
export interface RecordedRequest extends Omit<RefusedRequest, 'reason'> {
  /** At most 64 characters. */
  readonly reason: string
}

// Strangers cause refusals: they may cost one connection and a bounded amount of memory, not more.
const maxWaiting = 1000
const maxRowsPerMinute = 60
const tooManyRequests = 429

/**
 * An `onRefused` that records refusals in the host's `ingest_rejections`. The first 60 per minute, reason and route have a row
 * each, written one after the other; the others are counted per minute, reason and route in `ingest_rejection_counts`, about once
 * a second: a flood must not fill the table. Requests that a limit refused (429) write nothing. It rejects when the database
 * fails, and the receiver logs that.
 *
 * @example
 * app.register(webhookReceiver, { database, adminKeys, onRefused: recordIngestRejections(database) })
 */
export const recordIngestRejections = (
  database: Database,
  { propertyId, schema }: RecordIngestRejectionsOptions = {},
): ((refused: RecordedRequest) => Promise<void>) => {
  const perMinute = createPerMinute(maxRowsPerMinute)
  let waiting = 0
  let last: Promise<void> = Promise.resolve()

  const inTurn = (run: () => Promise<void>): Promise<void> => {
    const mine = last.then(run)
    last = mine.catch(() => {})
    return mine
  }
  const counts = createRejectionCounts({ schema, inTurn })
  const databaseOf = ({ leadScope }: RecordedRequest): Database =>
    leadScope === undefined ? database : inLeadScope(database, leadScope)
  const rejectionOf = (refused: RecordedRequest): IngestRejection => ({
    propertyId: propertyId ?? refused.propertyId,
    endpoint: refused.endpoint,
    reason: refused.reason,
    statusCode: refused.statusCode,
    occurredAtMs: refused.occurredAt.getTime(),
  })

  return async (refused) => {
    if (refused.statusCode === tooManyRequests) return
    const { isWithin } = perMinute.count(
      `${refused.reason} ${refused.endpoint}`,
      refused.occurredAt.getTime(),
    )
    if (!isWithin || waiting >= maxWaiting) {
      await counts.add(databaseOf(refused), rejectionOf(refused))
      return
    }
    waiting += 1
    const record = () => recordIngestRejection(databaseOf(refused), rejectionOf(refused), { schema })
    await inTurn(record).finally(() => {
      waiting -= 1
    })
  }
}
