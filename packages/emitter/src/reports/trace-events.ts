import {
  type Context,
  context,
  isSpanContextValid,
  ROOT_CONTEXT,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import type { NewOutboxEvent } from '../outbox/outbox.ts'

// Without an OpenTelemetry SDK every span below is empty, and a trace context that came from outside is passed on.
const tracer = trace.getTracer('@altcontext/webhook-emitter')

/**
 * Starts the span "webhook emit" around handing an event to an outbox. Its parent is the event's `traceparent` if it
 * has one, else the active span; the event that is returned carries the new one, for every attempt to come.
 */
export const startEmitSpan = (
  event: NewOutboxEvent,
): { event: NewOutboxEvent; end(outcome: string): void } => {
  const parent = event.traceparent === undefined ? context.active() : contextOf(event.traceparent)
  const span = tracer.startSpan(
    'webhook emit',
    {
      kind: SpanKind.PRODUCER,
      attributes: { 'webhook.event_id': event.id, 'webhook.event_type': event.eventType },
    },
    parent,
  )
  const spanContext = span.spanContext()
  if (!isSpanContextValid(spanContext)) return { event, end: () => {} }
  return {
    event: { ...event, traceparent: formatTraceparent(spanContext) },
    end(outcome) {
      span.setAttribute('webhook.outcome', outcome)
      span.end()
    },
  }
}

/**
 * Sends one request in the span "webhook attempt". It continues the trace of its events if they have one in common;
 * a batch of several traces starts a trace of its own, with a link to each.
 */
export const traceAttempt = async <Outcome extends { status?: number; error?: string | undefined }>(
  events: readonly Pick<NewOutboxEvent, 'traceparent'>[],
  send: (traceparent: string | undefined) => Promise<Outcome>,
): Promise<Outcome> => {
  const origins = events.flatMap(({ traceparent }) => parseTraceparent(traceparent) ?? [])
  const [first] = origins
  const isOneTrace =
    first !== undefined &&
    origins.length === events.length &&
    origins.every(({ traceId }) => traceId === first.traceId)
  const parent = isOneTrace ? trace.setSpanContext(ROOT_CONTEXT, first) : ROOT_CONTEXT
  const span = tracer.startSpan(
    'webhook attempt',
    {
      kind: SpanKind.CLIENT,
      attributes: { 'webhook.events': events.length },
      links: isOneTrace ? [] : origins.slice(0, maxLinks).map((origin) => ({ context: origin })),
    },
    parent,
  )
  const spanContext = span.spanContext()
  const traceparent = isSpanContextValid(spanContext) ? formatTraceparent(spanContext) : undefined
  try {
    const response = await context.with(trace.setSpan(parent, span), () => send(traceparent))
    if (response.error !== undefined) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: response.error })
    } else if (response.status !== undefined) {
      span.setAttribute('http.response.status_code', response.status)
      if (response.status >= 300) span.setStatus({ code: SpanStatusCode.ERROR })
    }
    return response
  } finally {
    span.end()
  }
}

/** How much OpenTelemetry keeps of a span by default. */
const maxLinks = 128

/** Whether a text is a `traceparent` (W3C Trace Context, version 00). */
export const isTraceparent = (text: string): boolean => parseTraceparent(text) !== undefined

const contextOf = (traceparent: string): Context => {
  const spanContext = parseTraceparent(traceparent)
  return spanContext === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, spanContext)
}

const parseTraceparent = (text: string | undefined): SpanContext | undefined => {
  const [, traceId, spanId, flags] = text?.match(/^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/) ?? []
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined
  const spanContext = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true }
  return isSpanContextValid(spanContext) ? spanContext : undefined
}

const formatTraceparent = ({ traceId, spanId, traceFlags }: SpanContext): string =>
  `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`
