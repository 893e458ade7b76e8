import { randomUUID } from 'node:crypto'
import { createTestDatabase, type TestDatabase } from '@altcontext/test-database'
import {
  type RefusedRequest,
  type WebhookReceiverOptions,
  webhookReceiver,
} from '@altcontext/webhook-receiver'
import { fromPg } from '@altcontext/webhook-store'
import fastify, { type FastifyInstance, type LightMyRequestResponse } from 'fastify'
import { afterAll, afterEach, beforeAll, vi } from 'vitest'

export const adminKey = 'test-admin-key-0123456789abcdef'
export const path = '/v1/webhooks/description-service'
export const jsonHeaders = { 'content-type': 'application/json', 'x-admin-key': adminKey }

/** Waits for what happens soon, on however busy a machine. */
export const eventually = <T>(check: () => T | Promise<T>): Promise<T> =>
  vi.waitFor(check, { timeout: 60_000 })

/** The roadmap's request body (§6), with an instant of its own so that no two are the same event. */
export const scanCompleted = (
  changes: Record<string, unknown> = {},
  payload: Record<string, unknown> = {},
) => ({
  eventType: 'scan.completed',
  tenantId: randomUUID(),
  occurredAt: '2026-02-13T12:00:00Z',
  payload: { jobId: 'job-1', mediaCount: 20, identitiesDetected: 63, durationMs: 3200, ...payload },
  ...changes,
})

export interface ReceiverApp {
  app: FastifyInstance
  refused: RefusedRequest[]
  /** Everything that was logged, as one text. */
  logs(): string
  post(
    body: unknown,
    options?: { headers?: Record<string, string | undefined>; url?: string; remoteAddress?: string },
  ): Promise<LightMyRequestResponse>
}

/** Registers a migrated database for the file, and closes every app after its test. */
export const useReceiver = () => {
  let database: TestDatabase
  const apps: FastifyInstance[] = []
  beforeAll(async () => {
    database = await createTestDatabase()
  })
  afterEach(async () => {
    await Promise.all(apps.splice(0).map((app) => app.close()))
  })
  afterAll(() => database.drop())

  return {
    get url() {
      return database.url
    },
    get pool() {
      return database.pool
    },
    rows: async <Row>(text: string, values: unknown[] = []): Promise<Row[]> =>
      (await database.pool.query(text, values)).rows as Row[],
    countOf: async (tenantId: string): Promise<number> =>
      (await database.pool.query('SELECT FROM tenant_events WHERE tenant_id = $1', [tenantId])).rows.length,
    start: async (
      options: Partial<WebhookReceiverOptions> = {},
      prepare: (app: FastifyInstance) => unknown = () => {},
    ): Promise<ReceiverApp> => {
      const lines: string[] = []
      const app = fastify({
        logger: { level: 'trace', stream: { write: (line: string) => lines.push(line) } },
      })
      apps.push(app)
      const refused: RefusedRequest[] = []
      await prepare(app)
      app.register(webhookReceiver, {
        ...(options.writer === undefined ? { database: fromPg(database.pool) } : {}),
        adminKeys: adminKey,
        onRefused: (refusal) => void refused.push(refusal),
        ...options,
      })
      await app.ready()
      return {
        app,
        refused,
        logs: () => lines.join(''),
        post: (body, { headers, url = path, remoteAddress } = {}) =>
          app.inject({
            method: 'POST',
            url,
            headers: withoutUndefined({ ...jsonHeaders, ...headers }),
            payload: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
            ...(remoteAddress === undefined ? {} : { remoteAddress }),
          }),
      }
    },
  }
}

const withoutUndefined = (headers: Record<string, string | undefined>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
