import { fetchReport, ReportError, type ReportProblem } from './fetch-report.ts'
import { session } from './session.svelte.ts'

/** The answers that a view needs, read together: all of them or none is shown. */
export interface Reports<Answers> {
  readonly answers: Answers | undefined
  readonly problem: ReportProblem | undefined
  readonly loading: boolean
  readonly slow: boolean
  /** When the answers came, in milliseconds since 1970. */
  readonly readAt: number | undefined
  reload(): void
}

type Addresses<Answers> = { [Name in keyof Answers]: string | undefined }

const slowMs = 5000

/**
 * Reads the addresses, and again when one of them changes. While it reads, the answers before stay, marked as
 * loading; when it fails they go, because they might be old. Call it while a component is made.
 */
export const createReports = <Answers extends object>(
  addresses: () => Addresses<Answers>,
): Reports<Answers> => {
  const state = $state<{
    problem: ReportProblem | undefined
    loading: boolean
    slow: boolean
    runs: number
    readAt: number | undefined
  }>({
    problem: undefined,
    loading: true,
    slow: false,
    runs: 0,
    readAt: undefined,
  })
  let answers = $state.raw<Answers>()
  const wanted = $derived(JSON.stringify(addresses()))

  $effect(() => {
    void state.runs
    const cancel = new AbortController()
    state.loading = true
    state.slow = false
    const timer = setTimeout(() => {
      state.slow = true
    }, slowMs)
    readAll<Answers>(JSON.parse(wanted), cancel.signal)
      .then(
        (read) => {
          if (cancel.signal.aborted) return
          answers = read
          state.readAt = Date.now()
          state.problem = undefined
        },
        (error: unknown) => {
          if (cancel.signal.aborted) return
          answers = undefined
          state.problem = error instanceof ReportError ? error.problem : 'backend'
          if (state.problem === 'signedOut') session.end()
        },
      )
      .finally(() => {
        clearTimeout(timer)
        if (!cancel.signal.aborted) state.loading = false
      })
    return () => {
      clearTimeout(timer)
      cancel.abort()
    }
  })

  return {
    get answers() {
      return answers
    },
    get problem() {
      return state.problem
    },
    get loading() {
      return state.loading
    },
    get slow() {
      return state.slow && state.loading
    },
    get readAt() {
      return state.readAt
    },
    reload() {
      void session.load()
      state.runs += 1
    },
  }
}

const readAll = async <Answers extends object>(
  addresses: Record<string, string | undefined>,
  signal: AbortSignal,
): Promise<Answers> => {
  const entries = Object.entries(addresses).map(async ([name, address]) => [
    name,
    address === undefined ? undefined : await fetchReport(address, signal),
  ])
  return Object.fromEntries(await Promise.all(entries)) as Answers
}
