import {
  type HeartbeatRequest,
  type RangeResult,
  type ReconcileRequest,
  webhookHeaders,
} from '@altcontext/webhook-contract'

export interface StubRequest {
  /** Counted from 1. */
  number: number
  /** On the monotonic clock, which fake timers move. */
  atMs: number
  path: string
  headers: Headers
  body: string
  isBatch: boolean
  /** The ids that it carries. */
  ids: string[]
}

/** What the stub says instead of its usual response. */
export type StubReply =
  | { status: number; headers?: Record<string, string>; body?: unknown }
  | { failure: Error }
  /** For a batch: one result for each event. Those that are `stored` are stored. */
  | { results: ({ status: string } & Record<string, unknown>)[] }

export const adminKey = 'test-key-of-24-characters'
export const url = 'https://receiver.example/hooks'

/**
 * A receiver for `fetch`: stores every id once, unless `reply` says something else. Heartbeats and comparisons are not among `requests`;
 * it has everything, unless `compare` says something else.
 */
export const createStubReceiver = (
  reply: (request: StubRequest) => StubReply | undefined | Promise<StubReply | undefined> = () => undefined,
  compare: (request: ReconcileRequest) => RangeResult[] = ({ ranges }) =>
    ranges.map(() => ({ status: 'equal' })),
) => {
  const requests: StubRequest[] = []
  const heartbeats: HeartbeatRequest[] = []
  const comparisons: ReconcileRequest[] = []
  const stored = new Set<string>()
  const store = (id: string) => {
    const status = stored.has(id) ? 'duplicate' : 'stored'
    stored.add(id)
    return { status, eventId: id }
  }

  const respond = async (input: Request): Promise<Response> => {
    const body = await input.text()
    const path = new URL(input.url).pathname
    if (path.endsWith('/heartbeat')) {
      heartbeats.push(JSON.parse(body) as HeartbeatRequest)
      return Response.json({ ok: true })
    }
    if (path.endsWith('/reconcile')) {
      const request = JSON.parse(body) as ReconcileRequest
      comparisons.push(request)
      return Response.json({ ok: true, results: compare(request) })
    }
    const isBatch = path.endsWith('/batch')
    const ids = isBatch
      ? (JSON.parse(body) as { events: { id: string }[] }).events.map(({ id }) => id)
      : [input.headers.get(webhookHeaders.id) ?? '']
    const request = {
      number: requests.length + 1,
      atMs: performance.now(),
      path,
      headers: input.headers,
      body,
      isBatch,
      ids,
    }
    requests.push(request)
    const other = await reply(request)
    if (other !== undefined && 'failure' in other) throw other.failure
    if (other !== undefined && 'results' in other) {
      const results = ids.map((id, index) =>
        other.results[index]?.status === 'stored' ? store(id) : other.results[index],
      )
      return Response.json({ ok: true, results })
    }
    if (other !== undefined) {
      const text = typeof other.body === 'string' ? other.body : JSON.stringify(other.body ?? { ok: false })
      return new Response(text, {
        status: other.status,
        ...(other.headers === undefined ? {} : { headers: other.headers }),
      })
    }
    if (isBatch) return Response.json({ ok: true, results: ids.map(store) })
    const { status, eventId } = store(ids[0] ?? '')
    return Response.json({ ok: true, eventId, ...(status === 'duplicate' ? { duplicate: true } : {}) })
  }

  return {
    requests,
    heartbeats,
    comparisons,
    stored,
    fetch: ((input: Request) => respond(input)) as typeof globalThis.fetch,
    /** The pauses between requests, in whole milliseconds. */
    waits: (): number[] =>
      requests.slice(1).map(({ atMs }, index) => Math.round(atMs - (requests[index]?.atMs ?? 0))),
  }
}

/** A payload that the contract accepts. */
export const scan = (jobId = 'job-1') => ({
  tenantId: 'tenant-1',
  jobId,
  mediaCount: 20,
  identitiesDetected: 63,
  durationMs: 3200,
})
