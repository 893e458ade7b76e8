import { createPerMinute } from '@altcontext/webhook-contract'
import { type Database, inLeadScope, recordIngestRejection } from '@altcontext/webhook-store'
import type { OnRefused, RefusedRequest } from './refusal-reporter.ts'

export interface RecordIngestRejectionsOptions {
  /** @default the receiver's `propertyId` */
  propertyId?: string | undefined
  /** The schema that holds the tables. @default the connection's search path */
  schema?: string | undefined
}

// Strangers cause refusals: they may cost one connection and a bounded amount of memory, not more.
const maxWaiting = 1000
const maxRowsPerMinute = 60
const tooManyRequests = 429

/**
 * An `onRefused` that fills the host's `ingest_rejections`. Rows are written one after the other; while a thousand
 * wait, further ones are not recorded, and of one reason and route no more than 60 in a minute are: a flood must not fill the
 * table. What a limit refused (429) writes nothing. It rejects when the database does, and the receiver logs that.
 *
 * @example
 * app.register(webhookReceiver, { database, adminKeys, onRefused: recordIngestRejections(database) })
 */
export const recordIngestRejections = (
  database: Database,
  { propertyId, schema }: RecordIngestRejectionsOptions = {},
): OnRefused => {
  const perMinute = createPerMinute(maxRowsPerMinute)
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
    if (refused.statusCode === tooManyRequests || waiting >= maxWaiting) return
    const { isWithin } = perMinute.count(
      `${refused.reason} ${refused.endpoint}`,
      refused.occurredAt.getTime(),
    )
    if (!isWithin) return
    waiting += 1
    const mine = last.then(() => record(refused))
    last = mine.catch(() => {})
    await mine.finally(() => {
      waiting -= 1
    })
  }
}
