import { randomUUID } from 'node:crypto'
import {
  type AnyContract,
  type AnyWebhookEvent,
  type BatchResult,
  batchRequestSchema,
  contractLimits,
  createKeyCheck,
  dedupeId,
  type EventIssue,
  errorBody,
  heartbeatRequestSchema,
  isEventId,
  isJson,
  parseSigningSecret,
  type ResponseCode,
  reconcileRequestSchema,
  responses,
  safeParseEvent,
  toEventIssues,
  verifyWebhook,
  webhookHeaders,
} from '@altcontext/webhook-contract'
import { clock, contractOption, text } from '@altcontext/webhook-contract/options'
import { z } from 'zod'
import { checkOptions, signingSecretText } from '../check-options.ts'
import { compareRange } from './compare-range.ts'
import { createEventSpy, type EventSpy } from './event-spy.ts'

/** Something that goes wrong with one request, before the receiver looks at it. */
export type Fault =
  /** Responds with a status without storing anything: a storm of 429, a 503, a redirect. */
  | { kind: 'status'; status: number; headers?: Record<string, string>; body?: unknown }
  /** Closes the connection without a response. */
  | { kind: 'reset' }
  /** Never responds. */
  | { kind: 'silence' }
  /** Works, but later. */
  | { kind: 'delay'; delayMs: number }
  /** Stores the event, then resets the connection: the response is lost. */
  | { kind: 'lost-response' }
  /** Responds that the events were stored before. */
  | { kind: 'duplicate' }
  /** Gives the first event of a batch the result "retry" and stores the others. */
  | { kind: 'retry-first' }
  /** The same, with the results in reverse order. */
  | { kind: 'reversed' }
  /** Responds that another event is stored, and stores nothing. */
  | { kind: 'foreign-id' }

export interface ReceiverDoubleOptions {
  adminKey: string
  /** With it, unsigned and forged requests are refused. @default none */
  signingSecret?: string | undefined
  /** @default descriptionServiceContract */
  contract?: AnyContract | undefined
  /** The clock, in milliseconds since 1970. @default Date.now */
  now?: (() => number) | undefined
}

export interface DoubleRequest {
  isBatch: boolean
  /** `POST <path>/verify`: a sender asks whether its key and signature are valid, and nothing is stored. @default false */
  isVerify?: boolean | undefined
  /** `POST <path>/heartbeat` or `POST <path>/reconcile`, from a sender with a durable outbox: docs/completeness.md. @default none */
  completeness?: 'heartbeat' | 'reconcile' | undefined
  /** Names in lower case. */
  headers: Readonly<Record<string, string | undefined>>
  body: string
}

export type DoubleResponse =
  | { status: number; headers: Record<string, string>; body: unknown }
  | 'reset'
  | 'silence'

/** A receiver in memory that keeps to the contract, except where a test tells it to break it. */
export interface ReceiverDouble extends EventSpy {
  /** The next `times` requests (to one route, if given) meet the fault, in the order in which faults were added. */
  failNext(
    fault: Fault,
    options?: { times?: number | undefined; route?: 'single' | 'batch' | undefined },
  ): void
  /** Responds to one request. Adapters for HTTP and MSW call it. */
  respond(request: DoubleRequest): Promise<DoubleResponse>
  /** Loses an event that it has stored, as no receiver may. */
  lose(eventId: string): void
  /** Forgets events, requests and faults. */
  reset(): void
}

const receiverDoubleSchema = z.strictObject({
  adminKey: text(),
  signingSecret: signingSecretText(),
  contract: contractOption(),
  now: clock(),
} satisfies Record<keyof ReceiverDoubleOptions, z.core.$ZodType>)

/** @throws {ContractTestsError} `invalid_options`. */
export const createReceiverDouble = (given: ReceiverDoubleOptions): ReceiverDouble => {
  const options = checkOptions(receiverDoubleSchema, given, 'the receiver in memory')
  const { contract, now } = options
  const isRightKey = createKeyCheck([options.adminKey])
  const keys = options.signingSecret === undefined ? [] : [parseSigningSecret(options.signingSecret)]
  const { spy, record } = createEventSpy()
  let faults: { fault: Fault; route: 'single' | 'batch' | undefined }[] = []

  const takeFault = ({ isBatch, isVerify }: DoubleRequest): Fault | undefined => {
    const route = isVerify === true ? 'verify' : isBatch ? 'batch' : 'single'
    const index = faults.findIndex((planned) => planned.route === undefined || planned.route === route)
    return index === -1 ? undefined : faults.splice(index, 1)[0]?.fault
  }

  const store = (event: AnyWebhookEvent, givenId: unknown, producer: unknown): BatchResult => {
    const eventId = isEventId(givenId) ? givenId.toLowerCase() : dedupeId(event)
    if (spy.stored.some((stored) => stored.eventId === eventId)) return { status: 'duplicate', eventId }
    record.event({ eventId, event, ...(typeof producer === 'string' ? { producer } : {}) })
    return { status: 'stored', eventId }
  }

  const receive = (value: unknown, id: unknown, producer: unknown): BatchResult => {
    const parsed = safeParseEvent(contract, value, { nowMs: now() })
    if (parsed.success) return store(parsed.event, id, producer)
    return { status: 'invalid', error: 'invalid_request', issues: parsed.issues }
  }

  const refuseByHeaders = ({ headers, body, isBatch }: DoubleRequest): DoubleResponse | undefined => {
    if (!isRightKey(headers[webhookHeaders.adminKey])) return refuse('unauthorized')
    const maxBytes = isBatch ? contractLimits.maxBatchBodyBytes : contractLimits.maxBodyBytes
    if (Buffer.byteLength(body) > maxBytes) return refuse('payload_too_large')
    if (!isJson(headers['content-type'])) return refuse('unsupported_media_type')
    if (keys.length === 0) return undefined
    const message = {
      id: headers[webhookHeaders.id],
      timestamp: headers[webhookHeaders.timestamp],
      signature: headers[webhookHeaders.signature],
      body,
    }
    return verifyWebhook(message, keys, { nowMs: now() }).ok ? undefined : refuse('invalid_signature')
  }

  const respondToCompleteness = (route: 'heartbeat' | 'reconcile', value: unknown): DoubleResponse => {
    if (route === 'heartbeat') {
      const { data, error } = heartbeatRequestSchema.safeParse(value)
      if (error !== undefined) return refuse('invalid_request', toEventIssues(error.issues))
      record.heartbeat(data)
      return succeed({ ok: true })
    }
    const { data, error } = reconcileRequestSchema.safeParse(value)
    if (error !== undefined) return refuse('invalid_request', toEventIssues(error.issues))
    const ids = spy.stored.flatMap(({ eventId, producer }) => (producer === data.producer ? [eventId] : []))
    const results = data.ranges.map((range) => compareRange(ids, range, data.salt))
    record.reconciliation(data)
    return succeed({ ok: true, results })
  }

  const respondFaithfully = (request: DoubleRequest, { retryFirst = false } = {}): DoubleResponse => {
    const refusal = refuseByHeaders(request)
    if (refusal !== undefined) return refusal
    const value = parseJson(request.body)
    if (value === undefined) return refuse('invalid_request', [{ path: '', message: 'Expected JSON' }])
    if (request.isVerify === true) {
      return succeed({ ok: true, contract: contract.name, isSignatureChecked: keys.length > 0 })
    }
    if (request.completeness !== undefined) return respondToCompleteness(request.completeness, value)
    const { producer } = (value ?? {}) as { producer?: unknown }
    if (!request.isBatch)
      return toSingleResponse(receive(value, request.headers[webhookHeaders.id], producer))
    const batch = batchRequestSchema.safeParse(value)
    if (!batch.success) return refuse('invalid_request', toEventIssues(batch.error.issues))
    const results = batch.data.events.map(
      (event, index): BatchResult =>
        retryFirst && index === 0
          ? { status: 'retry', error: 'database_unavailable' }
          : receive(event, (event as { id?: unknown } | null)?.id, producer),
    )
    return succeed({ ok: true, results })
  }

  return {
    ...spy,
    failNext(fault, { times = 1, route } = {}) {
      faults.push(...Array.from({ length: times }, () => ({ fault, route })))
    },
    async respond(request) {
      // Requests on a timer are not among the requests of an event.
      if (request.completeness !== undefined) return respondFaithfully(request)
      record.request({ ...request, atMs: performance.now() })
      const fault = takeFault(request)
      switch (fault?.kind) {
        case 'status':
          return {
            status: fault.status,
            headers: fault.headers ?? {},
            body: fault.body ?? errorOf(fault.status),
          }
        case 'reset':
        case 'silence':
          return fault.kind
        case 'lost-response':
          respondFaithfully(request)
          return 'reset'
        case 'delay':
          await new Promise((resolve) => setTimeout(resolve, fault.delayMs))
          return respondFaithfully(request)
        case 'duplicate':
          respondFaithfully(request)
          return respondFaithfully(request)
        case 'retry-first':
          return respondFaithfully(request, { retryFirst: true })
        case 'reversed':
          return reversed(respondFaithfully(request, { retryFirst: true }))
        case 'foreign-id':
          return succeed(foreignResults(request))
        case undefined:
          return respondFaithfully(request)
      }
    },
    lose: record.lose,
    reset() {
      faults = []
      record.clear()
    },
  }
}

const succeed = (body: object): DoubleResponse => ({ status: 200, headers: {}, body })

const refuse = (code: ResponseCode, issues?: readonly EventIssue[]): DoubleResponse => ({
  status: responses[code].status,
  headers: {},
  body: errorBody(code, issues),
})

const reversed = (response: DoubleResponse): DoubleResponse => {
  if (typeof response === 'string' || response.status !== 200) return response
  const { ok, results } = response.body as { ok: true; results: BatchResult[] }
  return { ...response, body: { ok, results: results.toReversed() } }
}

const foreignResults = ({ isBatch, body }: DoubleRequest): object => {
  if (!isBatch) return { ok: true, eventId: randomUUID() }
  const { events } = parseJson(body) as { events: unknown[] }
  return { ok: true, results: events.map(() => ({ status: 'stored', eventId: randomUUID() })) }
}

const errorOf = (status: number) => ({ ok: false, error: status === 429 ? 'rate_limited' : `http_${status}` })

const toSingleResponse = (result: BatchResult): DoubleResponse => {
  if (result.status === 'invalid') return refuse('invalid_request', result.issues)
  const eventId = 'eventId' in result ? result.eventId : randomUUID()
  return succeed({ ok: true, eventId, ...(result.status === 'duplicate' && { duplicate: true }) })
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
