import { unrefTimer } from '../delivery/unref-timer.ts'

/** Reports each cause once a minute, with how often it occurred. Otherwise a full disk would flood the log. */
export interface OnceAMinute<Details extends object> {
  /** The first failure of a cause is logged at once. Those of the following minute become one line, with a `count`, at its end. */
  note(cause: string, details: Details): void
  /** Writes the counts. */
  flush(): void
}

export const createOnceAMinute = <Details extends object>(
  write: (details: Details & { count?: number }) => void,
): OnceAMinute<Details> => {
  const causes = new Map<string, { details: Details; count: number; timer: ReturnType<typeof setInterval> }>()
  const flush = (cause: string): number => {
    const known = causes.get(cause)
    if (known === undefined || known.count === 0) return 0
    const { details, count } = known
    known.count = 0
    write({ ...details, count })
    return count
  }

  return {
    note(cause, details) {
      const known = causes.get(cause)
      if (known !== undefined) {
        known.details = details
        known.count += 1
        return
      }
      const endMinute = (): void => {
        if (flush(cause) > 0) return
        clearInterval(causes.get(cause)?.timer)
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
