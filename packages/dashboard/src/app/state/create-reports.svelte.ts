import { onDestroy, untrack } from 'svelte'
import { fetchReport, ReportError, type ReportProblem } from './fetch-report.ts'
import { live } from './live.svelte.ts'
import { restoreScroll } from './navigation.svelte.ts'
import { session } from './session.svelte.ts'

/** The responses that a view needs. Each of them may be missing, or fail, without the others. */
export interface Reports<Responses> {
  /** All of them; undefined while one is missing. */
  readonly responses: Responses | undefined
  /** Those that are there. */
  readonly arrived: Partial<Responses>
  readonly problems: Readonly<Partial<Record<keyof Responses, ReportProblem>>>
  /** What is wrong when none of them can be read. */
  readonly problem: ReportProblem | undefined
  readonly loading: boolean
  readonly slow: boolean
  reload(): void
}

type Addresses<Responses> = { [Name in keyof Responses]: string }

const slowMs = 5000

/**
 * Reads the addresses, and again when one of them changes. While it reads, the earlier responses stay, marked as loading, and are
 * replaced together, so that no two of different days are beside each other. If one fails, its earlier response goes, because it might
 * be old. Every half minute they are read in the background: if that fails, they stay, and the page says that it is not live. Call it
 * while a component is made.
 */
export const createReports = <Responses extends object>(
  addresses: () => Addresses<Responses>,
): Reports<Responses> => {
  type Name = keyof Responses
  const state = $state({ loading: true, slow: false })
  let arrived = $state.raw<Partial<Responses>>({})
  let problems = $state.raw<Partial<Record<Name, ReportProblem>>>({})
  const wanted = $derived(JSON.stringify(addresses()))

  const readAll = async (
    asked: string,
    signal: AbortSignal,
    onArrival: (name: Name, response: unknown) => void,
  ) => {
    const found: Partial<Responses> = {}
    const failed: Partial<Record<Name, ReportProblem>> = {}
    await Promise.all(
      Object.entries<string>(JSON.parse(asked)).map(async ([name, address]) => {
        try {
          const response = await fetchReport(address, signal)
          Object.assign(found, { [name]: response })
          onArrival(name as Name, response)
        } catch (error) {
          if (signal.aborted) return
          const problem = error instanceof ReportError ? error.problem : 'backend'
          Object.assign(failed, { [name]: problem })
          if (problem === 'signedOut') session.end()
        }
      }),
    )
    return { found, failed }
  }

  /** The background read that is under way. */
  let quiet: AbortController | undefined

  $effect(() => {
    void live.runs
    quiet?.abort()
    quiet = undefined
    const cancel = new AbortController()
    state.loading = true
    state.slow = false
    const timer = setTimeout(() => {
      state.slow = true
    }, slowMs)
    const isFirst = untrack(() => Object.keys(arrived).length === 0)
    const onArrival = (name: Name, response: unknown) => {
      if (isFirst && !cancel.signal.aborted) arrived = { ...arrived, [name]: response }
    }
    readAll(wanted, cancel.signal, onArrival).then(({ found, failed }) => {
      clearTimeout(timer)
      if (cancel.signal.aborted) return
      arrived = found
      problems = failed
      state.loading = false
      if (Object.keys(found).length > 0) live.read()
      else live.gone()
      void restoreScroll()
    })
    return () => {
      clearTimeout(timer)
      cancel.abort()
    }
  })

  $effect(() => {
    if (live.quietRuns === 0 || untrack(() => state.loading)) return
    // A server that has not responded for half a minute is not live. The page waits for its response: asking again would only add work.
    if (quiet) return live.away()
    const cancel = new AbortController()
    quiet = cancel
    const asked = untrack(() => wanted)
    readAll(asked, cancel.signal, () => {}).then(({ found, failed }) => {
      if (cancel.signal.aborted) return
      quiet = undefined
      if (Object.keys(failed).length > 0) return live.away()
      arrived = found
      problems = {}
      live.read()
    })
  })
  onDestroy(() => quiet?.abort())

  const isComplete = $derived(Object.keys(JSON.parse(wanted)).every((name) => name in arrived))
  return {
    get responses() {
      return isComplete ? (arrived as Responses) : undefined
    },
    get arrived() {
      return arrived
    },
    get problems() {
      return problems
    },
    get problem() {
      return Object.keys(arrived).length === 0 ? firstOf(problems) : undefined
    },
    get loading() {
      return state.loading
    },
    get slow() {
      return state.slow && state.loading
    },
    reload() {
      live.reload()
    },
  }
}

/** The problem of the first report that failed. */
export const firstOf = (
  problems: Readonly<Record<string, ReportProblem | undefined>>,
): ReportProblem | undefined => Object.values(problems).find((problem) => problem !== undefined)
