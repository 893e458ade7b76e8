import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestDatabase, type TestDatabase } from '@altcontext/test-database'
import { webhookReceiver } from '@altcontext/webhook-receiver'
import { createRelay, type Relay, resolveRelayOptions } from '@altcontext/webhook-relay'
import { fromPg } from '@altcontext/webhook-store'
import { propagation, trace } from '@opentelemetry/api'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { hasPsql, runProgram } from './run-program.ts'

const adminKey = 'example-admin-key-0123456789'
const exporter = new InMemorySpanExporter()
let marketing: TestDatabase
let product: TestDatabase
let app: FastifyInstance
let env: Record<string, string>
const folder = mkdtempSync(join(tmpdir(), 'webhook-example-'))

beforeAll(async () => {
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
  )
  propagation.setGlobalPropagator(new W3CTraceContextPropagator())
  ;[marketing, product] = await Promise.all([createTestDatabase(), createTestDatabase()])
  app = fastify()
  app.register(webhookReceiver, { database: fromPg(marketing.pool), adminKeys: adminKey })
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  env = { WEBHOOK_URL: `${origin}/v1/webhooks/description-service`, ADMIN_API_KEY: adminKey }
})
afterAll(async () => {
  await app.close()
  await Promise.all([marketing.drop(), product.drop()])
  rmSync(folder, { recursive: true })
  trace.disable()
  propagation.disable()
})
beforeEach(() => exporter.reset())

const startRelay = (outbox: string): Promise<Relay> =>
  createRelay(resolveRelayOptions({ port: '0', outbox, logLevel: 'silent' }, env))
const storedTypes = async (tenantId: string): Promise<string[]> => {
  const { rows } = await marketing.pool.query(
    'SELECT event_type FROM tenant_events WHERE tenant_id = $1 ORDER BY event_type',
    [tenantId],
  )
  return rows.map((row) => row.event_type)
}
const scan = ['cluster.created', 'scan.completed', 'suggestion.generated']

test('the Node program delivers the events of a scan', async () => {
  const { code, output, errors } = await runProgram(
    'node',
    ['--conditions=@altcontext/source', '--disable-warning=ExperimentalWarning', 'src/fire-scan.ts'],
    { ...env, TENANT_ID: 'from-node', OUTBOX: join(folder, 'node.db') },
  )
  expect({ code, errors }).toEqual({ code: 0, errors: '' })
  expect(output).toContain('All delivered.')
  expect(await storedTypes('from-node')).toEqual(scan)
})

test('the Python program posts an envelope to the receiver by hand', async () => {
  const { code, output, errors } = await runProgram('python3', ['python/post_to_receiver.py'], {
    ...env,
    TENANT_ID: 'by-hand',
  })
  expect({ code, errors }).toEqual({ code: 0, errors: '' })
  expect(JSON.parse(output)).toEqual({ ok: true, eventId: expect.any(String) })
  expect(await storedTypes('by-hand')).toEqual(['scan.completed'])
})

test("the Python program hands a scan to the relay, and its traceparent and the receiver's span belong to one trace", async () => {
  const relay = await startRelay(join(folder, 'relay.db'))
  const { code, output, errors } = await runProgram('python3', ['python/post_to_relay.py'], {
    RELAY_URL: relay.url,
    TENANT_ID: 'by-relay',
  })
  expect({ code, errors }).toEqual({ code: 0, errors: '' })
  const response = JSON.parse(output)
  expect(response.eventIds).toHaveLength(3)
  await vi.waitFor(async () => expect(await storedTypes('by-relay')).toEqual(scan), 60_000)
  await relay.close()
  const [, traceId] = response.traceparent.split('-')
  // The relay's heartbeats belong to no scan.
  const spans = exporter
    .getFinishedSpans()
    .filter(({ attributes }) => !String(attributes['http.route']).endsWith('/heartbeat'))
  expect(new Set(spans.map(({ name }) => name))).toEqual(
    new Set(['webhook emit', 'webhook attempt', 'webhook receive']),
  )
  expect(new Set(spans.map((span) => span.spanContext().traceId))).toEqual(new Set([traceId]))
})

test('a transaction that commits sends its event once, and one that is rolled back sends nothing', async () => {
  const relay = await startRelay(product.url)
  const emit = async (tenantId: string, ...args: string[]): Promise<void> => {
    if (await hasPsql()) {
      const { code, errors } = await runProgram('python3', ['python/emit_in_transaction.py', ...args], {
        DATABASE_URL: product.url,
        TENANT_ID: tenantId,
      })
      expect({ code, errors }).toEqual({ code: 0, errors: '' })
      return
    }
    // On a machine without psql, the same transaction through pg.
    const payload = { jobId: 'job-1', mediaCount: 20, identitiesDetected: 63, durationMs: 3200 }
    const client = await product.pool.connect()
    await client.query('BEGIN')
    await client.query('SELECT webhook_outbox_emit($1)', [{ eventType: 'scan.completed', tenantId, payload }])
    await client.query(args.includes('--rollback') ? 'ROLLBACK' : 'COMMIT')
    client.release()
  }
  await emit('rolled-back', '--rollback')
  await emit('committed')
  await vi.waitFor(async () => expect(await storedTypes('committed')).toEqual(['scan.completed']), 60_000)
  await relay.close()
  expect(await storedTypes('rolled-back')).toEqual([])
  const { rows } = await product.pool.query('SELECT state FROM webhook_outbox')
  expect(rows).toEqual([{ state: 'delivered' }])
})
