import {
  type Context,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { path, scanCompleted, useReceiver } from './receiver-app.ts'

const receiver = useReceiver()
const traceId = '0af7651916cd43dd8448eb211c80319c'
const parentId = 'b7ad6b7169203331'

interface RecordedSpan {
  name: string
  kind: SpanKind | undefined
  parent: unknown
  attributes: Record<string, unknown>
  status?: SpanStatusCode
  isEnded: boolean
}
let spans: RecordedSpan[]

// The API alone, with an SDK of thirty lines: the receiver depends on nothing more.
beforeEach(() => {
  spans = []
  trace.setGlobalTracerProvider({
    getTracer: () => ({
      startSpan: (name, options, parent: Context = ROOT_CONTEXT) => {
        const recorded: RecordedSpan = {
          name,
          kind: options?.kind,
          parent: trace.getSpanContext(parent),
          attributes: { ...options?.attributes },
          isEnded: false,
        }
        spans.push(recorded)
        return {
          isRecording: () => true,
          setAttribute: (key: string, value: unknown) => {
            recorded.attributes[key] = value
          },
          setStatus: ({ code }: { code: SpanStatusCode }) => {
            recorded.status = code
          },
          end: () => {
            recorded.isEnded = true
          },
        } as unknown as Span
      },
      startActiveSpan: () => {
        throw new Error('unused')
      },
    }),
  })
  propagation.setGlobalPropagator({
    fields: () => ['traceparent'],
    inject: () => {},
    extract: (parent, carrier) => {
      const [, trace_, span] = String((carrier as Record<string, unknown>).traceparent ?? '').split('-')
      return trace_ === undefined || span === undefined
        ? parent
        : trace.setSpanContext(parent, { traceId: trace_, spanId: span, traceFlags: 1, isRemote: true })
    },
  })
})
afterEach(() => {
  trace.disable()
  propagation.disable()
  context.disable()
})

it('a delivery is a server span below its traceparent, with nothing of the event in it', async () => {
  const { post } = await receiver.start()
  const headers = { traceparent: `00-${traceId}-${parentId}-01` }
  expect((await post(scanCompleted(), { headers })).statusCode).toBe(200)
  expect(spans).toEqual([
    {
      name: 'webhook receive',
      kind: SpanKind.SERVER,
      parent: { traceId, spanId: parentId, traceFlags: 1, isRemote: true },
      attributes: { 'http.route': path, 'http.response.status_code': 200 },
      isEnded: true,
    },
  ])
})

it('a refused delivery says why, and one that failed is an error', async () => {
  const { post } = await receiver.start({ schema: 'nowhere' })
  await post('{')
  await post({ events: [scanCompleted({}, { mediaCount: -1 })] }, { url: `${path}/batch` })
  await post(scanCompleted())
  expect(spans.map(({ attributes, status }) => ({ ...attributes, status }))).toEqual([
    {
      'http.route': path,
      'http.response.status_code': 400,
      'webhook.refused': 'invalid_json',
      status: undefined,
    },
    {
      'http.route': `${path}/batch`,
      'http.response.status_code': 200,
      'webhook.refused': 'invalid_request',
      'webhook.events': 1,
      status: undefined,
    },
    {
      'http.route': path,
      'http.response.status_code': 500,
      'webhook.refused': 'internal_error',
      status: SpanStatusCode.ERROR,
    },
  ])
  expect(spans.every(({ isEnded }) => isEnded)).toBe(true)
})
