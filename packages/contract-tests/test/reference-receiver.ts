import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import {
  type AnyWebhookEvent,
  type BatchResult,
  type ComparedRange,
  descriptionServiceContract as contract,
  contractLimits,
  createKeyCheck,
  dedupeId,
  digestIds,
  heartbeatRequestSchema,
  isEventId,
  parseSigningSecret,
  type RangeResult,
  type ReconcileRequest,
  reconcileRequestSchema,
  safeParseEvent,
  verifyWebhook,
  withoutPrivateFields,
} from '@altcontext/webhook-contract'
import { compareRange, idsIn } from '../src/receiver-double/compare-range.ts'
import { listen } from '../src/receiver-double/serve-double.ts'

/** What can be wrong with a receiver. Each is a mistake that somebody has made. */
export const receiverFaults = [
  'compares half of the key',
  'ignores the key',
  'reads the body before the key',
  'leaves the batch route open',
  'makes up ids',
  'minds the case of ids',
  'dedupes without the tenant',
  'dedupes without the type',
  'dedupes by the second',
  'dedupes by the text of the time',
  'dedupes by triple although there is an id',
  'looks for duplicates before it awaits',
  'says nothing of duplicates',
  'responds to duplicates with 409',
  'takes unknown types',
  'takes the tenant of the payload',
  'takes negative counts',
  'takes the future',
  'refuses unknown fields',
  'refuses a charset',
  'takes any content type',
  'takes any size',
  'repeats what was sent',
  'responds with 422',
  'forgets the issues',
  'refuses a batch for one event',
  'returns results out of order',
  'takes any number of events',
  'ignores signatures',
  'ignores the age of signatures',
  'keeps the address',
  'keeps the site address',
  'keeps error messages',
  'keeps unknown fields',
  'has no rate limit',
  'says not how long to wait',
  'always says equal',
  'counts but does not hash',
  'hashes without the salt',
  'compares all producers as one',
  'counts the upper bound in',
  'cuts where nothing was added up',
  'names ids by wrong hashes',
  'takes no heartbeats',
  'leaves comparisons open',
] as const
export type ReceiverFault = (typeof receiverFaults)[number]

export interface ReferenceReceiver {
  url: string
  readStored(id: string): Promise<unknown>
  close(): Promise<void>
}

interface Settings {
  adminKey: string
  signingSecret?: string | undefined
  maxRequests?: number | undefined
}

interface ReferenceResponse {
  status: number
  body: unknown
  headers?: Record<string, string>
}

type Headers = IncomingMessage['headers']

/** A small receiver that keeps every promise, unless it is told to break one. */
export const startReferenceReceiver = async (
  { adminKey, signingSecret, maxRequests }: Settings,
  fault?: ReceiverFault,
): Promise<ReferenceReceiver> => {
  const has = (name: ReceiverFault): boolean => fault === name
  const stored = new Map<string, unknown>()
  const producers = new Map<string, unknown>()
  const isRightKey = createKeyCheck([adminKey])
  const keys = signingSecret === undefined ? [] : [parseSigningSecret(signingSecret)]
  let requests = 0

  const passes = (presented: unknown): boolean => {
    if (has('ignores the key')) return true
    if (has('compares half of the key')) return adminKey.startsWith(String(presented))
    return isRightKey(presented)
  }

  const refuse = (status: number, error: string, issues?: unknown): ReferenceResponse => ({
    status: status === 400 && has('responds with 422') ? 422 : status,
    body: { ok: false, error, ...(issues === undefined || has('forgets the issues') ? {} : { issues }) },
  })

  const identify = (event: AnyWebhookEvent, id: unknown, raw: { occurredAt: string }): string => {
    if (has('makes up ids')) return randomUUID()
    if (isEventId(id) && !has('dedupes by triple although there is an id')) {
      return has('minds the case of ids') ? id : id.toLowerCase()
    }
    return dedupeId({
      eventType: has('dedupes without the type') ? '' : event.eventType,
      tenantId: has('dedupes without the tenant') ? '' : event.tenantId,
      occurredAt: has('dedupes by the second')
        ? event.occurredAt.slice(0, 19)
        : has('dedupes by the text of the time')
          ? raw.occurredAt
          : event.occurredAt,
    })
  }

  const toStored = (event: AnyWebhookEvent, raw: AnyWebhookEvent): unknown => {
    if (has('keeps the address')) return event
    const reduced = withoutPrivateFields(contract, event)
    if (has('keeps the site address')) reduced.payload.siteUrl = raw.payload.siteUrl
    if (has('keeps error messages')) reduced.payload.errorMessage = raw.payload.errorMessage
    if (has('keeps unknown fields')) reduced.payload = { ...raw.payload, ...reduced.payload }
    return reduced
  }

  /** The value that is checked instead of the one that was sent. */
  const lenient = (value: unknown): unknown => {
    const event = structuredClone(value) as AnyWebhookEvent
    if (typeof event !== 'object' || event === null || typeof event.payload !== 'object') return value
    if (has('takes the tenant of the payload')) delete event.payload.tenantId
    if (has('takes the future') && Date.parse(event.occurredAt) > Date.now())
      event.occurredAt = new Date().toISOString()
    if (has('takes unknown types') && !Object.hasOwn(contract.events, event.eventType)) {
      event.eventType = 'suggestion.generated'
      event.payload = { count: 1 }
    }
    if (has('takes negative counts')) {
      for (const [name, field] of Object.entries(event.payload)) {
        if (typeof field === 'number' && field < 0) event.payload[name] = 0
      }
    }
    return event
  }

  const receive = async (value: unknown, id: unknown, producer: unknown): Promise<BatchResult> => {
    const parsed = safeParseEvent(contract, lenient(value))
    if (!parsed.success) return { status: 'invalid', error: 'invalid_request', issues: parsed.issues }
    const raw = value as AnyWebhookEvent
    if (
      has('refuses unknown fields') &&
      Object.keys(raw.payload).some((name) => !(name in parsed.event.payload))
    ) {
      return {
        status: 'invalid',
        error: 'invalid_request',
        issues: [{ path: 'payload', message: 'Unknown field' }],
      }
    }
    const eventId = identify(parsed.event, id, raw)
    const isDuplicate = stored.has(eventId)
    if (has('looks for duplicates before it awaits')) await otherRequests()
    if (!isDuplicate) {
      stored.set(eventId, toStored(parsed.event, raw))
      producers.set(eventId, producer)
    }
    return { status: isDuplicate && !has('says nothing of duplicates') ? 'duplicate' : 'stored', eventId }
  }

  const receiveBatch = async (value: unknown): Promise<ReferenceResponse> => {
    const { events, producer } = (value ?? {}) as { events?: unknown; producer?: unknown }
    const tooMany = Array.isArray(events) && events.length > contractLimits.maxBatchEvents
    if (!Array.isArray(events) || events.length === 0 || (tooMany && !has('takes any number of events'))) {
      return refuse(400, 'invalid_request', [{ path: 'events', message: 'Expected 1 to 500 events' }])
    }
    const results = await Promise.all(events.map((event) => receive(event, event?.id, producer)))
    const invalid = results.find(({ status }) => status === 'invalid')
    if (invalid !== undefined && has('refuses a batch for one event'))
      return refuse(400, 'invalid_request', [])
    return {
      status: 200,
      body: { ok: true, results: has('returns results out of order') ? results.reverse() : results },
    }
  }

  const isForged = (headers: Headers, body: string): boolean => {
    if (keys.length === 0 || has('ignores signatures')) return false
    const [id, timestamp, signature] = ['id', 'timestamp', 'signature'].map((name) =>
      String(headers[`webhook-${name}`] ?? ''),
    )
    const nowMs = has('ignores the age of signatures') ? Number(timestamp) * 1000 : Date.now()
    return !verifyWebhook({ id, timestamp, signature, body }, keys, { nowMs }).ok
  }

  const refuseByHeaders = (
    headers: Headers,
    body: string,
    isBatch: boolean,
  ): ReferenceResponse | undefined => {
    if (!(isBatch && has('leaves the batch route open')) && !passes(headers['x-admin-key'])) {
      return refuse(401, 'unauthorized')
    }
    requests += 1
    if (maxRequests !== undefined && requests > maxRequests && !has('has no rate limit')) {
      const waitHeaders: Record<string, string> = has('says not how long to wait')
        ? {}
        : { 'retry-after': '60' }
      return { ...refuse(429, 'rate_limited'), headers: waitHeaders }
    }
    const type = headers['content-type'] ?? ''
    const isJson = has('refuses a charset')
      ? type === 'application/json'
      : type.startsWith('application/json')
    if (!isJson && !has('takes any content type')) return refuse(415, 'unsupported_media_type')
    const maxBytes = isBatch ? contractLimits.maxBatchBodyBytes : contractLimits.maxBodyBytes
    if (body.length > maxBytes && !has('takes any size')) return refuse(413, 'payload_too_large')
    return isForged(headers, body) ? refuse(401, 'invalid_signature') : undefined
  }

  const compare = ({ producer, salt, ranges }: ReconcileRequest): RangeResult[] => {
    const ids = [...producers].flatMap(([id, sender]) =>
      sender === producer || has('compares all producers as one') ? [id] : [],
    )
    return ranges.map((range) => compareOne(ids, range, has('hashes without the salt') ? '' : salt))
  }

  const compareOne = (ids: readonly string[], range: ComparedRange, salt: string): RangeResult => {
    const inside = idsIn(ids, range)
    if (has('always says equal')) return { status: 'equal' }
    if (has('counts but does not hash') && inside.length === range.count) return { status: 'equal' }
    if (has('counts the upper bound in') && ids.includes(range.to ?? '')) {
      return { status: digestIds([...inside, range.to ?? ''], salt).sum === range.sum ? 'equal' : 'sealed' }
    }
    const result = compareRange(ids, range, salt)
    if (has('cuts where nothing was added up') && result.status === 'differs')
      return { ...result, sums: result.sums.toReversed() }
    if (has('names ids by wrong hashes') && result.status === 'ids')
      return { ...result, hashes: result.hashes?.map((hash) => `${hash.slice(0, 11)}0`) }
    return result
  }

  const respondToCompleteness = (route: string, parsed: unknown): ReferenceResponse => {
    if (route === 'heartbeat') {
      if (has('takes no heartbeats')) return refuse(404, 'not_found')
      const isValid = heartbeatRequestSchema.safeParse(parsed).success
      return isValid ? { status: 200, body: { ok: true } } : refuse(400, 'invalid_request', [])
    }
    const { data } = reconcileRequestSchema.safeParse(parsed)
    if (data === undefined) return refuse(400, 'invalid_request', [])
    return { status: 200, body: { ok: true, results: compare(data) } }
  }

  const respond = async (headers: Headers, body: string, route: string): Promise<ReferenceResponse> => {
    const isBatch = route === 'batch'
    const isCompleteness = route === 'reconcile' || route === 'heartbeat'
    const parsed = parseJson(body)
    if (has('reads the body before the key') && parsed === undefined)
      return refuse(400, 'invalid_request', [])
    const refusal = refuseByHeaders(headers, body, isBatch)
    if (refusal !== undefined && !(isCompleteness && has('leaves comparisons open'))) return refusal
    if (parsed === undefined) return refuse(400, 'invalid_request', [{ path: '', message: 'Expected JSON' }])
    if (isCompleteness) return respondToCompleteness(route, parsed)
    if (isBatch) return receiveBatch(parsed)
    const result = await receive(
      parsed,
      headers['webhook-id'],
      (parsed as { producer?: unknown } | null)?.producer,
    )
    if (result.status === 'invalid') {
      const issues = has('repeats what was sent') ? [{ path: '', message: body }] : result.issues
      return refuse(400, result.error, issues)
    }
    const eventId = 'eventId' in result ? result.eventId : ''
    if (result.status === 'stored') return { status: 200, body: { ok: true, eventId } }
    return {
      status: has('responds to duplicates with 409') ? 409 : 200,
      body: { ok: true, eventId, duplicate: true },
    }
  }

  const server = await listen(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const { status, body, headers } = await respond(
      request.headers,
      Buffer.concat(chunks).toString('utf8'),
      request.url?.split('/').at(-1) ?? '',
    )
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
  })
  return {
    url: `${server.origin}/v1/webhooks/description-service`,
    readStored: async (id) => stored.get(id),
    close: server.close,
  }
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Lets others in, for 60 ms in small steps: after a pause of the process they come in between. */
const otherRequests = async (): Promise<void> => {
  for (let step = 0; step < 12; step += 1) await new Promise((resolve) => setTimeout(resolve, 5))
}
