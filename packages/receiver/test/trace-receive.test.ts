import { propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { path, scanCompleted, useReceiver } from './receiver-app.ts'

const receiver = useReceiver()
const exporter = new InMemorySpanExporter()
trace.setGlobalTracerProvider(
  new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
)
propagation.setGlobalPropagator(new W3CTraceContextPropagator())
beforeEach(() => exporter.reset())
afterAll(() => {
  trace.disable()
  propagation.disable()
})

test('a delivery is a server span below its traceparent, with nothing of the event in it', async () => {
  const [traceId, spanId] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331']
  const { post } = await receiver.start()
  const headers = { traceparent: `00-${traceId}-${spanId}-01` }
  expect((await post(scanCompleted(), { headers })).statusCode).toBe(200)
  const [span, ...others] = exporter.getFinishedSpans()
  expect(others).toEqual([])
  expect(span).toMatchObject({ name: 'webhook receive', kind: SpanKind.SERVER })
  expect(span?.parentSpanContext).toMatchObject({ traceId, spanId })
  expect(span?.attributes).toEqual({ 'http.route': path, 'http.response.status_code': 200 })
})

test('a refused delivery says why, and one that failed is an error', async () => {
  const { post } = await receiver.start({ schema: 'nowhere' })
  await post('{')
  await post({ events: [scanCompleted({}, { mediaCount: -1 })] }, { url: `${path}/batch` })
  await post(scanCompleted())
  expect(exporter.getFinishedSpans().map(({ attributes, status }) => ({ ...attributes, ...status }))).toEqual(
    [
      {
        'http.route': path,
        'http.response.status_code': 400,
        'webhook.refused': 'invalid_json',
        code: SpanStatusCode.UNSET,
      },
      {
        'http.route': `${path}/batch`,
        'http.response.status_code': 200,
        'webhook.refused': 'invalid_request',
        'webhook.events': 1,
        code: SpanStatusCode.UNSET,
      },
      {
        'http.route': path,
        'http.response.status_code': 500,
        'webhook.refused': 'internal_error',
        code: SpanStatusCode.ERROR,
      },
    ],
  )
})
