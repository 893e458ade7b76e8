import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import type { WebhookRequest } from './receive-webhook.ts'
import type { WebhookResponse } from './webhook-response.ts'

/**
 * Runs `receive` in a span "webhook receive" that ends after the commit. Its parent is the active span, or else the
 * one that the `traceparent` header names. Without an OpenTelemetry SDK nothing happens.
 */
export const traceReceive = (
  request: WebhookRequest,
  endpoint: string,
  receive: () => Promise<WebhookResponse>,
): Promise<WebhookResponse> => {
  const active = context.active()
  const parent = trace.getSpan(active) === undefined ? propagation.extract(active, request.headers) : active
  const span = trace
    .getTracer('@altcontext/webhook-receiver')
    .startSpan('webhook receive', { kind: SpanKind.SERVER, attributes: { 'http.route': endpoint } }, parent)
  if (!span.isRecording()) return receive()

  return context.with(trace.setSpan(parent, span), receive).then((response) => {
    span.setAttribute('http.response.status_code', response.statusCode)
    const [refusal] = response.refusals
    if (refusal !== undefined) span.setAttribute('webhook.refused', refusal.reason)
    if ('results' in response.body) span.setAttribute('webhook.events', response.body.results.length)
    if (response.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR })
    span.end()
    return response
  })
}
