import type { EmitterLogger } from './emitter-reports.ts'
import { createOnceAMinute } from './once-a-minute.ts'

/** Failures, once per cause and minute. Otherwise an unavailable receiver would flood the log. */
export interface TroubleLog {
  note(level: 'warn' | 'error', details: object, message: string): void
  /** Writes failures that have only been counted so far. */
  flush(): void
}

export const createTroubleLog = (
  write: (level: keyof EmitterLogger, details: object, message: string) => void,
): TroubleLog => {
  const troubles = createOnceAMinute<{ level: 'warn' | 'error'; details: object; message: string }>(
    ({ level, details, message, count }) =>
      write(level, count === undefined ? details : { ...details, count }, message),
  )
  return {
    note: (level, details, message) => troubles.note(causeOf(message, details), { level, details, message }),
    flush: troubles.flush,
  }
}

/** Two lines have the same cause if they differ only in the event, the time or the number of the attempt. */
const causeOf = (message: string, details: object): string => {
  const { eventType, reason, detail, error, status, issues, callback } = details as Record<string, unknown>
  // If an event was refused at the call, its type says which caller is at fault; a response concerns every type.
  const caller = issues === undefined ? undefined : eventType
  return JSON.stringify([message, caller, reason, detail, error, status, issues, callback])
}
