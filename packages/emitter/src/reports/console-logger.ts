import type { EmitterLogger } from './emitter-reports.ts'
import { createOnceAMinute } from './once-a-minute.ts'

/**
 * The logger of an emitter that was given none: what goes wrong is a line on stderr, once per cause and minute, with the
 * number of its repetitions. What goes right is not worth a line.
 */
export const createConsoleLogger = (): EmitterLogger & { flush(): void } => {
  const lines = createOnceAMinute<{ message: string; details: object }>(({ message, details, count }) => {
    const counted = count === undefined ? details : { ...details, count }
    console.error(`webhook-emitter: ${message} ${JSON.stringify(counted)}`)
  })
  const write = (details: object, message: string): void => {
    lines.note(causeOf(message, details), { message, details })
  }
  return { debug() {}, info() {}, warn: write, error: write, flush: lines.flush }
}

/** Two lines have one cause when they differ in the event, the time or the number of the attempt alone. */
const causeOf = (message: string, details: object): string => {
  const { eventType, reason, detail, error, status, outcome, issues } = details as Record<string, unknown>
  // Of an event that was refused at the call, the type says which caller is at fault; a response concerns every type.
  const caller = issues === undefined ? undefined : eventType
  return JSON.stringify([message, caller, reason, detail, error, status, outcome, issues])
}
