import { unrefTimer } from '../delivery/unref-timer.ts'
import { isEmitterError } from '../emitter-error.ts'

/** Says of each cause once a minute that it fails, and how often. A full disk would otherwise fill the log with itself. */
export interface FailureLog {
  /** The first of a cause is written at once. Those of the minute after it are one line, with a `count`, at its end. */
  note(error: unknown, details?: object): void
  /** Writes what has been counted. */
  flush(): void
}

export const createFailureLog = (write: (details: object) => void): FailureLog => {
  const causes = new Map<string, { details: object; count: number; timer: ReturnType<typeof setInterval> }>()
  const flush = (cause: string): number => {
    const { details, count = 0 } = causes.get(cause) ?? {}
    if (count > 0) write({ ...details, count })
    return count
  }

  return {
    note(error, given = {}) {
      const details = { ...given, ...describe(error) }
      const cause = causeOf(error)
      const known = causes.get(cause)
      if (known !== undefined) {
        known.details = details
        known.count += 1
        return
      }
      const endMinute = (): void => {
        const count = flush(cause)
        const entry = causes.get(cause)
        if (entry !== undefined) entry.count = 0
        if (count > 0) return
        clearInterval(entry?.timer)
        causes.delete(cause)
      }
      causes.set(cause, { details, count: 0, timer: unrefTimer(setInterval(endMinute, 60_000)) })
      write(details)
    },
    flush() {
      for (const [cause, { timer }] of causes) {
        flush(cause)
        clearInterval(timer)
      }
      causes.clear()
    },
  }
}

/** The message of a driver's error may hold the row, which is the payload. */
export const nameOf = (error: unknown): string => {
  if (!(error instanceof Error)) return 'unknown'
  const code = 'code' in error ? error.code : undefined
  return typeof code === 'string' && /^\w{1,64}$/.test(code) ? `${error.name} ${code}` : error.name
}

/** Messages of our own hold no payload. */
const describe = (error: unknown): { error: string; reason?: string; detail?: string } => {
  if (!isEmitterError(error)) return { error: nameOf(error) }
  const { reason, message } = error
  return { error: nameOf(error), ...(reason === undefined ? {} : { reason }), detail: message }
}

/** The free space in a message changes from one failure to the next, and the cause does not. */
const causeOf = (error: unknown): string => {
  const { error: name, reason, detail = '' } = describe(error)
  return reason ?? `${name} ${detail.replace(/\d+/g, '0')}`
}
