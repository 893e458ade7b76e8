import {
  createEventWriter,
  type EventWriter,
  type EventWriterOptions,
  inLeadScope,
  type LeadScope,
} from '@altcontext/webhook-store'

/** A writer for every customer of the host, because one commit holds events of one customer only. */
export interface EventWriters {
  of(leadScope: LeadScope | undefined): EventWriter
  /** Waits until the writers that it created have finished their writes. */
  close(): Promise<void>
}

/** Creates each customer's writer when its first event comes. */
export const createEventWriters = (options: EventWriterOptions): EventWriters => {
  const writers = new Map<string, EventWriter>()
  let isClosed = false
  return {
    of: (leadScope) => {
      const key = leadScope?.tenantId.toLowerCase() ?? ''
      const known = writers.get(key)
      if (known !== undefined) return known
      const database = leadScope === undefined ? options.database : inLeadScope(options.database, leadScope)
      const writer = createEventWriter({ ...options, database })
      // Events that come after the end are refused.
      if (isClosed) void writer.close()
      writers.set(key, writer)
      return writer
    },
    close: async () => {
      isClosed = true
      await Promise.all([...writers.values()].map((writer) => writer.close()))
    },
  }
}

/** The caller's one writer, which stays the caller's to close. */
export const givenEventWriter = (writer: EventWriter): EventWriters => ({
  of: () => writer,
  close: async () => {},
})
