import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import type { Answer } from './answer.ts'
import type { WebhookRequest } from './receive-webhook.ts'

/**
 * Runs `receive` in a span "webhook receive" that ends after the commit. Its parent is the active span, or else the
 * one that the `traceparent` header names. Without an OpenTelemetry SDK nothing happens.
 */
export const traceReceive = (
  request: WebhookRequest,
  endpoint: string,
  receive: () => Promise<Answer>,
): Promise<Answer> => {
  const active = context.active()
  const parent = trace.getSpan(active) === undefined ? propagation.extract(active, request.headers) : active
  const span = trace
    .getTracer('@altcontext/webhook-receiver')
    .startSpan('webhook receive', { kind: SpanKind.SERVER, attributes: { 'http.route': endpoint } }, parent)
  if (!span.isRecording()) return receive()

  return context.with(trace.setSpan(parent, span), receive).then((answer) => {
    span.setAttribute('http.response.status_code', answer.statusCode)
    const [refusal] = answer.refusals
    if (refusal !== undefined) span.setAttribute('webhook.refused', refusal.reason)
    if ('results' in answer.body) span.setAttribute('webhook.events', answer.body.results.length)
    if (answer.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR })
    span.end()
    return answer
  })
}
