import {
  countIngestRejections,
  type Database,
  type IngestRejection,
  type IngestRejectionCount,
} from '@altcontext/webhook-store'

export interface RejectionCounts {
  /** Resolves when it is written, together with all that were refused meanwhile; rejects when the database fails, and they are lost. */
  add(database: Database, rejection: IngestRejection): Promise<void>
}

export interface RejectionCountsOptions {
  schema: string | undefined
  /** Runs one statement after the other. */
  inTurn(run: () => Promise<void>): Promise<void>
}

// A flood of requests must not become a flood of statements that all change the same row.
const betweenWritesMs = 1000
const minuteMs = 60_000

/** Counts refused requests per minute, reason and route, and writes the counts: at once, and then once a second. */
export const createRejectionCounts = ({ schema, inTurn }: RejectionCountsOptions): RejectionCounts => {
  let counted = new Map<string, { database: Database; count: IngestRejectionCount }>()
  let writing: Promise<void> | undefined
  let wroteAtMs = Number.NEGATIVE_INFINITY

  const writeAll = async (): Promise<void> => {
    const taken = Map.groupBy(counted.values(), ({ database }) => database.leadScope?.tenantId)
    counted = new Map()
    writing = undefined
    wroteAtMs = performance.now()
    const errors: unknown[] = []
    for (const ofCustomer of taken.values()) {
      const [first] = ofCustomer
      const counts = ofCustomer.map(({ count }) => count)
      if (first === undefined) continue
      // If one customer's count cannot be written, the others' still are.
      await countIngestRejections(first.database, counts, { schema }).catch((error) => errors.push(error))
    }
    if (errors.length > 0) throw errors[0]
  }
  const writeSoon = async (): Promise<void> => {
    await waitUntil(wroteAtMs + betweenWritesMs)
    await inTurn(writeAll)
  }

  return {
    add: (database, rejection) => {
      const { propertyId, endpoint, reason, statusCode, occurredAtMs } = rejection
      const minute = Math.floor(occurredAtMs / minuteMs)
      const owner = database.leadScope?.tenantId
      const key = JSON.stringify([owner, propertyId, endpoint, reason, statusCode, minute])
      const known = counted.get(key)
      if (known === undefined) counted.set(key, { database, count: { ...rejection, refused: 1 } })
      else known.count.refused += 1
      writing ??= writeSoon()
      return writing
    },
  }
}

const waitUntil = (atMs: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Math.max(0, atMs - performance.now())))
