import { type Database, inLeadScope, recordIngestRejection } from '@altcontext/webhook-store'
import type { OnRefused, RefusedRequest } from './refusal-reporter.ts'

export interface RecordIngestRejectionsOptions {
  /** @default the receiver's `propertyId` */
  propertyId?: string | undefined
  /** The schema that holds the tables. @default the connection's search path */
  schema?: string | undefined
}

// Strangers cause refusals: they may cost one connection and a bounded amount of memory, not more.
const mostWaiting = 1000

/**
 * An `onRefused` that fills the host's `ingest_rejections`. Rows are written one after the other; while a thousand
 * wait, further ones are not recorded. It rejects when the database does, and the receiver logs that.
 *
 * @example
 * app.register(webhookReceiver, { database, adminKeys, onRefused: recordIngestRejections(database) })
 */
export const recordIngestRejections = (
  database: Database,
  { propertyId, schema }: RecordIngestRejectionsOptions = {},
): OnRefused => {
  let waiting = 0
  let last: Promise<unknown> = Promise.resolve()

  const record = (refused: RefusedRequest): Promise<void> =>
    recordIngestRejection(
      refused.leadScope === undefined ? database : inLeadScope(database, refused.leadScope),
      {
        propertyId: propertyId ?? refused.propertyId,
        endpoint: refused.endpoint,
        reason: refused.reason,
        statusCode: refused.statusCode,
        occurredAtMs: refused.occurredAt.getTime(),
      },
      { schema },
    )

  return async (refused) => {
    if (waiting >= mostWaiting) return
    waiting += 1
    const mine = last.then(() => record(refused))
    last = mine.catch(() => {})
    await mine.finally(() => {
      waiting -= 1
    })
  }
}
