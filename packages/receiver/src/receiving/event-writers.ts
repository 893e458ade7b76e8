import {
  createEventWriter,
  type EventWriter,
  type EventWriterOptions,
  inLeadScope,
  type LeadScope,
} from '@altcontext/webhook-store'

/** A writer for every customer of the host, for one commit holds the events of one. */
export interface EventWriters {
  of(leadScope: LeadScope | undefined): EventWriter
  /** Waits for the writes under way of those that it made. */
  close(): Promise<void>
}

/** Writers that are made when the first event of a customer comes. */
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
      // It refuses from the start what comes after the end.
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
