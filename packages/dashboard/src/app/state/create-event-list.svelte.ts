import type { EventsResponse, StoredEvent } from '@altcontext/webhook-metrics'
import { fetchReport, ReportError, type ReportProblem, reportAddress } from './fetch-report.ts'
import { session } from './session.svelte.ts'

/** Away: the server does not respond now, and the page tries again. */
export type Liveness = 'connecting' | 'live' | 'away'

type Rows = Readonly<Pick<EventsResponse, 'events' | 'duplicates' | 'refusals'>>

const noRows: Rows = { events: [], duplicates: [], refusals: [] }

/** Events, repeated arrivals or refusals, the newest first. What arrives while the list is shown is added to it. */
export interface EventList {
  readonly rows: Rows
  readonly problem: ReportProblem | undefined
  readonly loading: boolean
  /** Whether what arrives is shown at once. */
  readonly liveness: Liveness
  readonly hasMore: boolean
  loadMore(): Promise<void>
  reload(): void
}

type Query = Pick<EventsResponse, 'kind'> & { type: string; tenantId: string }

const pageSize = 50
const pollMs = 2000
// As many as a screen can show; older ones are one page away.
const maxRows = 500

/** Reads the first page, then follows. Call it while a component is made. */
export const createEventList = (query: () => Query): EventList => {
  const state = $state({
    problem: undefined as ReportProblem | undefined,
    loading: true,
    liveness: 'connecting' as Liveness,
    next: null as string | null,
    runs: 0,
  })
  let rows = $state.raw<Rows>(noRows)
  const wanted = $derived(JSON.stringify(query()))

  const add = ({ events, duplicates, refusals }: Rows) => {
    rows = {
      events: merged(events, rows.events, ({ receivedAt }) => receivedAt),
      duplicates: merged(duplicates, rows.duplicates, ({ receivedAt }) => receivedAt),
      refusals: merged(refusals, rows.refusals, ({ refusedAt }) => refusedAt),
    }
  }
  const fail = (error: unknown) => {
    state.problem = error instanceof ReportError ? error.problem : 'backend'
    if (state.problem === 'signedOut') session.end()
  }
  const read = (signal: AbortSignal, place: { before?: string; after?: string } = {}) =>
    fetchReport<EventsResponse>(
      reportAddress('events', { ...(JSON.parse(wanted) as Query), limit: pageSize, ...place }),
      signal,
    )

  /** Server-sent events for what is received. */
  const follow = (after: string | null): (() => void) => {
    const { type, tenantId } = JSON.parse(wanted) as Query
    const source = new EventSource(reportAddress('events', { type, tenantId, after: after ?? '' }))
    const onEvent = ({ data }: MessageEvent<string>) =>
      add({ ...noRows, events: [JSON.parse(data) as StoredEvent] })
    source.addEventListener('arriving', onEvent)
    source.addEventListener('received', onEvent)
    source.addEventListener('open', () => {
      state.liveness = 'live'
    })
    source.addEventListener('error', () => {
      state.liveness = 'away'
      // The browser tries again by itself unless it was refused.
      if (source.readyState === EventSource.CLOSED) void session.load()
    })
    return () => source.close()
  }

  /** Only events have a stream: the others are polled. */
  const poll = (latest: string | null, signal: AbortSignal): (() => void) => {
    let after = latest
    state.liveness = 'live'
    const timer = setInterval(async () => {
      try {
        const page = await read(signal, after === null ? {} : { after })
        after = page.page.latest ?? after
        add(page)
        state.liveness = 'live'
      } catch {
        state.liveness = 'away'
      }
    }, pollMs)
    return () => clearInterval(timer)
  }

  $effect(() => {
    void state.runs
    const { kind } = JSON.parse(wanted) as Query
    const cancel = new AbortController()
    let stop = () => {}
    state.loading = true
    state.liveness = 'connecting'
    rows = noRows
    read(cancel.signal)
      .then(
        (page) => {
          if (cancel.signal.aborted) return
          state.problem = undefined
          state.next = page.page.next
          add(page)
          stop = kind === 'received' ? follow(page.page.latest) : poll(page.page.latest, cancel.signal)
        },
        (error: unknown) => {
          if (!cancel.signal.aborted) fail(error)
        },
      )
      .finally(() => {
        if (!cancel.signal.aborted) state.loading = false
      })
    return () => {
      cancel.abort()
      stop()
    }
  })

  return {
    get rows() {
      return rows
    },
    get problem() {
      return state.problem
    },
    get loading() {
      return state.loading
    },
    get liveness() {
      return state.liveness
    },
    get hasMore() {
      return state.next !== null && Object.values(rows).every(({ length }) => length < maxRows)
    },
    async loadMore() {
      if (state.next === null) return
      try {
        const page = await read(new AbortController().signal, { before: state.next })
        state.next = page.page.next
        add(page)
      } catch (error) {
        fail(error)
      }
    },
    reload() {
      state.runs += 1
    },
  }
}

/** Newest first, each once. */
const merged = <Row extends { id: string }>(
  added: readonly Row[],
  known: readonly Row[],
  at: (row: Row) => string,
): Row[] => {
  const byId = new Map([...known, ...added].map((row) => [row.id, row]))
  return [...byId.values()]
    .sort((left, right) => at(right).localeCompare(at(left)) || right.id.localeCompare(left.id))
    .slice(0, maxRows)
}
