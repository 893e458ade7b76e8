import { createTestDatabase, type TestDatabase } from '@altcontext/test-database'
import { type AnyWebhookEvent, descriptionServiceContract, parseEvent } from '@altcontext/webhook-contract'
import { type Database, fromPg, insertEvents } from '@altcontext/webhook-store'
import Fastify, { type FastifyInstance } from 'fastify'
import { webhookMetrics } from '../src/http/webhook-metrics.ts'
import type { WebhookMetricsOptions } from '../src/http/webhook-metrics-options.ts'

export const adminKey = 'a-key-for-tests-of-24-characters'

/** The host's property whose visitors and leads are counted. */
export const marketingPropertyId = 'marketing-site'

export interface SentEvent {
  /** A number instead of a UUID, for readable tests. */
  id: number
  type: string
  tenant?: string
  at: string
  /** When it is received. @default the same moment */
  receivedAt?: string
  payload?: Record<string, unknown>
}

/** Everything a test of the numbers needs: a database of its own, events into it, responses out of it. */
export interface TestBridge extends AsyncDisposable {
  database: Database
  test: TestDatabase
  send(events: readonly SentEvent[]): Promise<void>
  sql<Row = Record<string, unknown>>(text: string, params?: unknown[]): Promise<Row[]>
  serve(options?: Partial<WebhookMetricsOptions>): Promise<FastifyInstance>
}

export const createTestBridge = async (): Promise<TestBridge> => {
  const test = await createTestDatabase()
  const database = fromPg(test.pool)
  const apps: FastifyInstance[] = []
  return {
    database,
    test,
    send: (events) => sendEvents(database, events),
    sql: async (text, params) => (await test.pool.query(text, params)).rows,
    serve: async (options) => {
      const app = Fastify()
      apps.push(app)
      await app.register(webhookMetrics, {
        database,
        adminKeys: adminKey,
        marketingPropertyId,
        worker: false,
        ...options,
      })
      await app.ready()
      return app
    },
    [Symbol.asyncDispose]: async () => {
      for (const app of apps) await app.close()
      await test.drop()
    },
  }
}

/** Through the store's own write path, one call per moment of receipt. */
export const sendEvents = async (database: Database, events: readonly SentEvent[]): Promise<void> => {
  const byReceipt = Map.groupBy(events, ({ at, receivedAt }) => receivedAt ?? at)
  for (const [receivedAt, group] of byReceipt) {
    const nowMs = Date.parse(receivedAt)
    await insertEvents(
      database,
      group.map((event) => ({ id: eventId(event.id), event: toEvent(event) })),
      { contract: descriptionServiceContract, nowMs },
    )
  }
}

export const eventId = (number: number): string =>
  `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`

const payloads: Record<string, Record<string, unknown>> = {
  'tenant.created': {},
  'apikey.created': { keyPrefix: 'ac_test' },
  'scan.completed': { jobId: 'job', mediaCount: 10, identitiesDetected: 30, durationMs: 1000 },
  'scan.failed': { jobId: 'job', mediaCount: 10 },
  'cluster.created': { clusterId: 'cluster', identityCount: 5, algorithm: 'centroid' },
  'suggestion.generated': { count: 4 },
  'suggestion.resolved': { suggestionId: 'suggestion', resolution: 'accepted' },
}

const toEvent = ({ type, tenant = 'tenant-a', at, payload }: SentEvent): AnyWebhookEvent =>
  parseEvent(
    descriptionServiceContract,
    { eventType: type, tenantId: tenant, occurredAt: at, payload: { ...payloads[type], ...payload } },
    { nowMs: Date.parse(at) },
  ) as AnyWebhookEvent

/** Requests a route with the right key and returns its JSON. */
export const ask = async (app: FastifyInstance, url: string) => {
  const response = await app.inject({ url, headers: { 'x-admin-key': adminKey } })
  if (response.statusCode !== 200)
    throw new Error(`${url} responded with ${response.statusCode}: ${response.body}`)
  return response.json()
}
