import {
  type AnyContract,
  type BatchResult,
  type EventIssue,
  isEventId,
  type ResponseCode,
  responses,
} from '@altcontext/webhook-contract'
import { printable } from '@altcontext/webhook-contract/command-line'
import type { DoubleRequest, DoubleResponse } from '../receiver-double/receiver-double.ts'

/** What became of one event of a request. */
export interface EventLine {
  outcome: 'stored' | 'duplicate' | 'refused' | 'retry' | 'unknown'
  eventType: string
  tenantId: string
  /** `jobId=job-1 mediaCount=20`. Private fields are named and not shown. */
  fields: string
  /** Why it was refused, each as a sentence. */
  reasons: string[]
}

/** One request and its response, for people. No text in it can do anything to a terminal. */
export interface Exchange {
  /** `batch of 3 events`. */
  what: string
  /** `200`, `401 unauthorized`, or `no response: the connection was reset`. */
  response: string
  /** What was wrong with the request as a whole, or with the receiver at that moment. */
  reasons: string[]
  events: EventLine[]
}

/** Says in words what a request held, what the response was, and what was wrong with it. */
export const describeExchange = (
  contract: AnyContract,
  request: DoubleRequest,
  response: DoubleResponse,
): Exchange => {
  const events = eventsOf(request)
  const results = resultsOf(request, response)
  return {
    what:
      request.isVerify === true
        ? 'verify: no event'
        : request.isBatch
          ? `batch of ${events.length} events`
          : 'one event',
    response: responseWords(response),
    reasons: results === undefined ? reasonsOf(response) : [],
    events: events.map((event, index) => lineOf(contract, event, results?.[index])),
  }
}

const eventsOf = ({ body, isBatch, isVerify }: DoubleRequest): unknown[] => {
  if (isVerify === true) return []
  try {
    const value = JSON.parse(body)
    if (!isBatch) return [value]
    return Array.isArray(value?.events) ? value.events : []
  } catch {
    return []
  }
}

const resultsOf = ({ isBatch }: DoubleRequest, response: DoubleResponse): BatchResult[] | undefined => {
  if (typeof response === 'string') return undefined
  const body = response.body as {
    results?: BatchResult[]
    eventId?: string
    duplicate?: true
    error?: string
    issues?: EventIssue[]
  } | null
  if (response.status === 200 && isBatch) return body?.results
  if (response.status === 200) {
    return [{ status: body?.duplicate === true ? 'duplicate' : 'stored', eventId: body?.eventId ?? '' }]
  }
  return !isBatch && response.status === 400 && body?.issues !== undefined
    ? [{ status: 'invalid', error: 'invalid_request', issues: body.issues }]
    : undefined
}

const responseWords = (response: DoubleResponse): string => {
  if (response === 'reset') return 'no response: the connection was reset'
  if (response === 'silence') return 'no response'
  const error = (response.body as { error?: unknown } | null)?.error
  return typeof error === 'string' ? `${response.status} ${oneLine(error)}` : String(response.status)
}

const reasonsOf = (response: DoubleResponse): string[] => {
  if (typeof response === 'string') return []
  const { error, issues = [] } = response.body as { error?: string; issues?: EventIssue[] }
  const code = error as ResponseCode
  return [
    ...(error !== undefined && Object.hasOwn(responses, code) ? [responses[code].when] : []),
    ...issueWords(issues),
  ]
}

const issueWords = (issues: readonly EventIssue[]): string[] =>
  issues.map(({ path, message }) => oneLine(path === '' ? message : `${path}: ${message}`))

const lineOf = (contract: AnyContract, value: unknown, result: BatchResult | undefined): EventLine => {
  const { eventType, tenantId, payload, id } = (value ?? {}) as Record<string, unknown>
  const type = typeof eventType === 'string' ? eventType : '(no event type)'
  const privateFields = Object.hasOwn(contract.events, type)
    ? (contract.events[type]?.privateFields ?? [])
    : []
  const reasons =
    result?.status === 'invalid'
      ? issueWords(result.issues ?? [])
      : result?.status === 'duplicate'
        ? ['its id was stored before']
        : []
  if (id !== undefined && !isEventId(id))
    reasons.push('its id is not a UUID, so it got one made from type, tenant and time')
  return {
    outcome: result === undefined ? 'unknown' : result.status === 'invalid' ? 'refused' : result.status,
    eventType: oneLine(type),
    tenantId: oneLine(String(tenantId ?? '(no tenant)')),
    fields: fieldsOf(payload, privateFields),
    reasons,
  }
}

const maxFieldLength = 80

const fieldsOf = (payload: unknown, privateFields: readonly string[]): string => {
  if (typeof payload !== 'object' || payload === null) return ''
  return Object.entries(payload)
    .filter(([name]) => name !== 'tenantId')
    .map(([name, value]) => {
      if (privateFields.includes(name) && value !== null) return `${oneLine(name)}=(private)`
      const text = oneLine(typeof value === 'string' ? value : JSON.stringify(value))
      return `${oneLine(name)}=${text.length > maxFieldLength ? `${text.slice(0, maxFieldLength)}…` : text}`
    })
    .join(' ')
}

/** Text from a request, without anything that a terminal would obey. */
const oneLine = (text: string): string => printable(text).replaceAll('\n', '\\n')
