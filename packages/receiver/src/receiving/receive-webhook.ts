import { isUtf8 } from 'node:buffer'
import {
  batchRequestSchema,
  createKeyCheck,
  createWrongKeyLimit,
  type EventIssue,
  isJson,
  jsonBoundsProblem,
  type RefusalReason,
  safeParseEvent,
  toEventIssues,
  verifyWebhook,
  type WindowVerdict,
  type WrongKeyLimit,
  webhookHeaders,
} from '@altcontext/webhook-contract'
import {
  isStoreError,
  type LeadScope,
  type ReceivedEnvelopes,
  receivedEventId,
  receiveEnvelopes,
  refusedByDatabase,
} from '@altcontext/webhook-store'
import { createRateLimit } from '../limits/rate-limit.ts'
import { safeErrorDetail } from '../refusals/safe-error-detail.ts'
import type { ResolvedWebhookReceiverOptions } from '../webhook-receiver-options.ts'
import { createCompletenessIntake, maxCompletenessBodyBytes, producerOf } from './receive-completeness.ts'
import { type Refusal, refusalOf, refuse, succeed, type WebhookResponse } from './webhook-response.ts'
import { withDeadline } from './with-deadline.ts'

/** A request before its body is read. */
export interface WebhookRequest {
  /**
   * `verify` asks whether an event would be accepted; nothing is stored. `reconcile` and `heartbeat` exist for a receiver with
   * a `database` (docs/completeness.md).
   */
  kind: 'single' | 'batch' | 'verify' | 'reconcile' | 'heartbeat'
  /** Names in lower case, as Node reports them. */
  headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** The sender's IP address. */
  address: string
  /** The customer of the host that the request is for, where that differs from request to request. */
  leadScope?: (() => LeadScope | Promise<LeadScope>) | undefined
  /** Aborts when the sender has left before its response. A comparison of ids then ends; events that are being stored are stored. */
  left?: AbortSignal | undefined
}

/** Every decision about a request, without any framework. */
export interface WebhookIntake {
  /**
   * First, with nothing but the headers: key → rate limit → size and content type.
   * Only when this is `undefined` may the body be read.
   */
  admit(request: WebhookRequest): WebhookResponse | undefined | Promise<WebhookResponse | undefined>
  /** Then, with the body: signature → schema → write → response. Never rejects. */
  receive(request: WebhookRequest, body: Uint8Array): Promise<WebhookResponse>
  /** Waits for the writes under way, if the writer is the receiver's own. */
  close(): Promise<void>
}

const retryAfterOutageMs = 5000

export const createWebhookIntake = (
  options: ResolvedWebhookReceiverOptions,
  /** The name under which requests with a valid key are counted, by every server that shares a Redis or a database. */
  name: string,
  /** Counts wrong keys, together with anything else on this server that takes the same key. */
  wrongKeys: WrongKeyLimit = createWrongKeyLimit(options.wrongKeyRateLimit, options.now),
  /** Called when the Redis or the database in which servers count has not responded, at most once a second. */
  onSharedLimitAway?: (error: unknown) => void,
): WebhookIntake => {
  const { contract, now } = options
  const everyRequests = typeof options.leadScope === 'object' ? options.leadScope : undefined
  const isRightKey = createKeyCheck(options.adminKeys)
  const limitOf = (limit: typeof options.rateLimit) =>
    limit === false
      ? undefined
      : createRateLimit(limit, now, { schema: options.schema, onAway: onSharedLimitAway })
  const rightKeyLimit = limitOf(options.rateLimit)
  const eventLimit = limitOf(options.eventRateLimit)

  const admit: WebhookIntake['admit'] = (request) => {
    if (options.adminKeys.length === 0) return refuse('admin_auth_not_configured')
    if (!isRightKey(request.headers[webhookHeaders.adminKey])) {
      const verdict = wrongKeys.take(request.address)
      return verdict.isAllowed ? refuse('unauthorized') : refuse('wrong_key_rate_limited', verdict)
    }
    if (rightKeyLimit === undefined) return refuseByHeaders(request)
    return settled(rightKeyLimit.take(name), (verdict) =>
      verdict.isAllowed ? refuseByHeaders(request) : refuse('rate_limited', verdict),
    )
  }

  const completeness =
    options.completeness &&
    createCompletenessIntake({ ...options.completeness, timeoutMs: options.writeTimeoutMs, now })

  const maxBytesOf = ({ kind }: WebhookRequest): number => {
    if (kind === 'batch') return options.maxBatchBodyBytes
    return kind === 'reconcile' || kind === 'heartbeat' ? maxCompletenessBodyBytes : options.maxBodyBytes
  }

  const refuseByHeaders = (request: WebhookRequest): WebhookResponse | undefined => {
    if (Number(request.headers['content-length']) > maxBytesOf(request)) return refuse('payload_too_large')
    return isJson(request.headers['content-type']) ? undefined : refuse('unsupported_media_type')
  }

  const receive: WebhookIntake['receive'] = async (request, body) => {
    try {
      if (body.byteLength > maxBytesOf(request)) return refuse('payload_too_large')
      const forged = refuseBySignature(request, body)
      if (forged !== undefined) return forged
      const value = parseJson(body)
      if (value === undefined) return refuse('invalid_json', { issues: [notJson] })
      if (request.kind === 'verify') {
        return succeed({
          ok: true,
          contract: contract.name,
          isSignatureChecked: options.signingKeys.length > 0,
        })
      }
      const leadScope = await (request.leadScope?.() ?? everyRequests)
      switch (request.kind) {
        case 'batch':
          return await receiveBatch(value, body.byteLength, leadScope)
        case 'reconcile':
        case 'heartbeat':
          return (
            (await completeness?.[request.kind](value, leadScope, request.left)) ?? refuse('internal_error')
          )
        default:
          return await receiveEvent(request, value, leadScope)
      }
    } catch (error) {
      return refuseByError(error)
    }
  }

  const refuseBySignature = ({ headers }: WebhookRequest, body: Uint8Array): WebhookResponse | undefined => {
    if (options.signingKeys.length === 0) return undefined
    const message = {
      id: textOf(headers[webhookHeaders.id]),
      timestamp: textOf(headers[webhookHeaders.timestamp]),
      signature: textOf(headers[webhookHeaders.signature]),
      body,
    }
    const verdict = verifyWebhook(message, options.signingKeys, { nowMs: now() })
    return verdict.ok ? undefined : refuse('invalid_signature', { detail: verdict.reason })
  }

  const receiveEvent = async (
    { headers }: WebhookRequest,
    value: unknown,
    leadScope: LeadScope | undefined,
  ): Promise<WebhookResponse> => {
    const unbounded = jsonBoundsProblem(value)
    if (unbounded !== undefined) return refuse('invalid_request', { issues: [unbounded] })
    const parsed = safeParseEvent(contract, value, { nowMs: now() })
    const from = producerOf(value)
    const producerIssues = from === undefined ? [noProducer] : []
    if (!parsed.success || from === undefined) {
      const issues = parsed.success ? producerIssues : [...producerIssues, ...parsed.issues]
      return refuse('invalid_request', { issues })
    }
    const id = receivedEventId(textOf(headers[webhookHeaders.id]), parsed.event, leadScope)
    const result = await withDeadline(
      options.writers.of(leadScope).write({ id, event: parsed.event, ...from }),
      options.writeTimeoutMs,
    )
    switch (result.status) {
      case 'stored':
        return succeed({ ok: true, eventId: result.eventId })
      case 'duplicate':
        return succeed({ ok: true, eventId: result.eventId, duplicate: true })
      case 'refused':
        return refuse('refused_by_database', { issues: [refusedByDatabase], detail: result.reason })
      case 'failed':
        return refuse('database_unavailable', {
          retryAfterMs: retryAfterOutageMs,
          detail: { code: result.reason, place: result.place },
        })
    }
  }

  const receiveBatch = async (
    value: unknown,
    bytes: number,
    leadScope: LeadScope | undefined,
  ): Promise<WebhookResponse> => {
    const batch = batchRequestSchema.safeParse(value)
    if (!batch.success) return refuse('invalid_request', { issues: toEventIssues(batch.error.issues) })

    // No event is larger than the body in which it came.
    const mayBeTooLarge = bytes > options.maxBodyBytes
    const verdict = await eventLimit?.take(`${name}:events`, batch.data.events.length)
    if (verdict?.isAllowed === false) return refuse('rate_limited', verdict)
    const { results, failures } = await receiveEnvelopes(
      batch.data.events.map((value) => ({ value, producer: batch.data.producer })),
      {
        contract,
        leadScope,
        maxBytes: mayBeTooLarge ? options.maxBodyBytes : undefined,
        nowMs: now(),
        writeAll: (events) =>
          withDeadline(options.writers.of(leadScope).writeAll(events), options.writeTimeoutMs),
      },
    )
    return succeed({ ok: true, results }, refusalsOfBatch(results, failures))
  }

  return {
    admit,
    receive,
    close: () => options.writers.close(),
  }
}

const notJson: EventIssue = { path: '', message: 'Expected JSON in UTF-8' }
const noProducer: EventIssue = { path: 'producer', message: 'Expected a UUID in lower case' }

const reasonOf = (error: string): RefusalReason => {
  if (error === 'refused') return 'refused_by_database'
  return error === 'payload_too_large' ? error : 'invalid_request'
}

const refusalsOfBatch = (
  results: ReceivedEnvelopes['results'],
  failures: ReceivedEnvelopes['failures'],
): Refusal[] => [
  ...failures.map(({ reason, place }) => refusalOf('database_unavailable', { code: reason, place })),
  ...results.filter((result) => result.status === 'invalid').map(({ error }) => refusalOf(reasonOf(error))),
]

const refuseByError = (error: unknown): WebhookResponse =>
  isStoreError(error) && error.code !== 'database_error'
    ? refuse('database_unavailable', {
        retryAfterMs: retryAfterOutageMs,
        detail: { code: error.code, cause: codeOf(error.cause) },
      })
    : refuse('internal_error', {
        // Our own message holds nothing of the event, and says which table or right is missing.
        detail: { ...(isStoreError(error) && { message: error.message }), ...safeErrorDetail(error) },
      })

/** `ECONNREFUSED`, `57P03` and the like: what somebody who is called at night wants to know. */
const codeOf = (error: unknown): unknown => (error as { code?: unknown } | undefined)?.code

/** `undefined` when it is not JSON; JSON itself has no `undefined`. */
const parseJson = (body: Uint8Array): unknown => {
  if (!isUtf8(body)) return undefined
  try {
    return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'))
  } catch {
    return undefined
  }
}

const textOf = (header: string | readonly string[] | undefined): string | undefined =>
  typeof header === 'string' ? header : header?.[0]

// Most servers count in memory, which decides at once: they get no promise.
const settled = <T>(
  verdict: WindowVerdict | Promise<WindowVerdict>,
  judge: (verdict: WindowVerdict) => T,
): T | Promise<T> => (verdict instanceof Promise ? verdict.then(judge) : judge(verdict))
