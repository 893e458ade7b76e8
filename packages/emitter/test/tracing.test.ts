import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createEmitter } from '@altcontext/webhook-emitter'
import { createSqliteOutbox } from '@altcontext/webhook-emitter/sqlite'
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { afterAll, beforeEach, expect, test } from 'vitest'

const exporter = new InMemorySpanExporter()
trace.setGlobalTracerProvider(
  new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
)
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
afterAll(() => {
  trace.disable()
  context.disable()
})
beforeEach(() => exporter.reset())

const payload = { tenantId: 'tenant-1', jobId: 'job-1', mediaCount: 1, identitiesDetected: 2, durationMs: 3 }
const stored = (request: Request) =>
  Response.json({ ok: true, eventId: request.headers.get('webhook-id') ?? '' })
const options = (fetch: (request: Request) => Response | Promise<Response>) => ({
  url: 'http://127.0.0.1:9/v1/webhooks/description-service',
  adminKey: 'k'.repeat(24),
  retry: { delaysMs: [1], longDelaysMs: [] },
  fetch: (async (request: Request) => fetch(request)) as typeof globalThis.fetch,
})

test('emit, every attempt and the header that the receiver gets belong to one trace', async () => {
  const headers: (string | null)[] = []
  const emitter = createEmitter(
    options((request) => {
      headers.push(request.headers.get('traceparent'))
      return headers.length === 1 ? new Response('', { status: 503 }) : stored(request)
    }),
  )
  const product = trace.getTracer('product').startSpan('scan')
  await context.with(trace.setSpan(context.active(), product), () =>
    emitter.deliver('scan.completed', payload),
  )
  await emitter.close()
  const { traceId } = product.spanContext()
  const spans = exporter.getFinishedSpans()
  expect(spans.map(({ name }) => name)).toEqual(['webhook emit', 'webhook attempt', 'webhook attempt'])
  expect(new Set(spans.map((span) => span.spanContext().traceId))).toEqual(new Set([traceId]))
  expect(headers).toEqual(spans.slice(1).map((span) => `00-${traceId}-${span.spanContext().spanId}-01`))
})

test('the trace of an event survives a restart in a durable outbox', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'webhook-tracing-'))
  const path = join(folder, 'outbox.db')
  const first = createEmitter({
    ...options(() => new Response('', { status: 503 })),
    outbox: createSqliteOutbox({ path }),
    retry: { delaysMs: [600_000] },
  })
  await first.emit('scan.completed', payload)
  await first.close({ timeoutMs: 1 })
  const emitted = exporter.getFinishedSpans().find(({ name }) => name === 'webhook emit')
  exporter.reset()
  const second = createEmitter({ ...options(stored), outbox: createSqliteOutbox({ path }) })
  await second.flush()
  await second.close()
  const [attempt] = exporter.getFinishedSpans()
  expect(attempt?.spanContext().traceId).toBe(emitted?.spanContext().traceId)
  rmSync(folder, { recursive: true })
})

test('a batch of several traces has a trace of its own, linked to each', async () => {
  const emitter = createEmitter(
    options(async (request) => {
      const { events } = (await request.json()) as { events: { id: string }[] }
      return Response.json({ ok: true, results: events.map(({ id }) => ({ status: 'stored', eventId: id })) })
    }),
  )
  await Promise.all([emitter.emit('scan.completed', payload), emitter.emit('scan.completed', payload)])
  await emitter.close()
  const emits = exporter.getFinishedSpans().filter(({ name }) => name === 'webhook emit')
  const attempt = exporter.getFinishedSpans().find(({ name }) => name === 'webhook attempt')
  expect(attempt?.links.map((link) => link.context.spanId)).toEqual(
    emits.map((span) => span.spanContext().spanId),
  )
  expect(attempt?.parentSpanContext).toBeUndefined()
})
