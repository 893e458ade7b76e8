import { isEmitterError } from '../emitter-error.ts'
import { createOnceAMinute } from './once-a-minute.ts'

/** Reports each failure once a minute, with how often it occurred. */
export interface FailureLog {
  /** The first failure of a cause is logged at once. Those of the following minute become one line, with a `count`, at its end. */
  note(error: unknown, details?: object): void
  /** Writes the counts. */
  flush(): void
}

export const createFailureLog = (write: (details: object) => void): FailureLog => {
  const failures = createOnceAMinute(write)
  return {
    note: (error, details) => failures.note(causeOf(error), { ...details, ...describe(error) }),
    flush: failures.flush,
  }
}

/** The message of a driver's error may hold the row, and so the payload. */
export const nameOf = (error: unknown): string => {
  if (!(error instanceof Error)) return 'unknown'
  const code = 'code' in error ? error.code : undefined
  return typeof code === 'string' && /^\w{1,64}$/.test(code) ? `${error.name} ${code}` : error.name
}

/** Our own messages hold no payload. */
const describe = (error: unknown): { error: string; reason?: string; detail?: string } => {
  if (!isEmitterError(error)) return { error: nameOf(error) }
  const { reason, message } = error
  return { error: nameOf(error), ...(reason === undefined ? {} : { reason }), detail: message }
}

/** The free space in a message changes from one failure to the next; the cause does not. */
const causeOf = (error: unknown): string => {
  const { error: name, reason, detail = '' } = describe(error)
  return reason ?? `${name} ${detail.replace(/\d+/g, '0')}`
}
