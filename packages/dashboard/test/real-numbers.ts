import { createTestDatabase } from '@altcontext/test-database'
import { type AnyWebhookEvent, descriptionServiceContract, parseEvent } from '@altcontext/webhook-contract'
import { findDiscrepancies, rollupDirty, webhookMetrics } from '@altcontext/webhook-metrics'
import { fromPg, insertEvents } from '@altcontext/webhook-store'
import type { FastifyInstance } from 'fastify'
import { expect, vi } from 'vitest'
import { adminKey, hostileTenant, today } from './stub/stub-numbers.ts'

const dayMs = 86_400_000
const nowMs = Date.parse(`${today}T14:03:12Z`)

/** A PostgreSQL with three weeks of a small product in it, and the real metrics routes over it. */
export const createRealNumbers = async () => {
  const test = await createTestDatabase()
  const database = fromPg(test.pool)
  const clock = { ms: nowMs }
  const now = () => clock.ms
  await test.pool.query(
    `INSERT INTO leads (id, email_normalized, source_channel, first_captured_at, last_captured_at)
     SELECT 'lead-' || n, 'lead-' || n || '@example.com', channel, '2026-10-30', '2026-10-30'
     FROM (VALUES (1, 'newsletter'), (2, 'newsletter'), (3, 'conference'), (4, '<b>ads</b>')) AS l (n, channel)`,
  )
  await test.pool.query(
    `INSERT INTO daily_metric_rollups (id, property_id, day, unique_visitors, new_leads, traffic_source_breakdown)
     SELECT 'day-' || day::date, 'marketing-site', day::date, 100 + extract(day FROM day)::int, 1, '{"email": 60, "referral": 40}'
     FROM generate_series('2026-10-01'::timestamp, '2026-11-22', '1 day') AS day`,
  )
  // Received as they occur, because that decides which days can be compared; the last one today.
  const all = [...events()]
  for (const event of all) {
    await insertEvents(database, [event], {
      contract: descriptionServiceContract,
      nowMs: event === all.at(-1) ? nowMs : Date.parse(event.event.occurredAt),
    })
  }
  await rollupDirty(database, { now })
  let looks = 0
  test.pool.on('acquire', () => {
    looks += 1
  })
  return {
    /** How many queries the database has had. */
    get looks() {
      return looks
    },
    mount: (app: FastifyInstance) =>
      app.register(webhookMetrics, {
        database,
        adminKeys: adminKey,
        marketingPropertyId: 'marketing-site',
        worker: false,
        live: { intervalMs: 20 },
        now,
      }),
    clock,
    /** Records refused requests of the last minute. */
    refuse: (count: number) =>
      test.pool.query(
        `INSERT INTO ingest_rejections (id, property_id, endpoint, reason, status_code, occurred_at)
         SELECT 'refusal-' || n, 'description-service', '/v1/webhooks', 'invalid_signature', 401, $1::timestamp
         FROM generate_series(1, $2::int) n`,
        [new Date(clock.ms - 30_000).toISOString(), count],
      ),
    /** Stores an event that is received at the moment of the clock. */
    receive: (
      id: string,
      eventType: string,
      tenantId: string,
      payload: object,
      { occurredAt = new Date(clock.ms - 1500).toISOString() } = {},
    ) =>
      insertEvents(
        database,
        [
          {
            id,
            event: parseEvent(
              descriptionServiceContract,
              { eventType, tenantId, occurredAt, payload },
              { nowMs: clock.ms },
            ) as AnyWebhookEvent,
          },
        ],
        { contract: descriptionServiceContract, nowMs: clock.ms },
      ),
    rollUp: () => rollupDirty(database, { now }),
    verify: () => findDiscrepancies(database, { now }),
    drop: async () => {
      // The page left in the middle of a read: its request is being ended.
      await vi.waitFor(() => expect(test.pool.idleCount).toBe(test.pool.totalCount), { timeout: 60_000 })
      await test.drop()
    },
  }
}

function* events() {
  const tenants = ['tenant-1', 'tenant-2', 'tenant-3', 'tenant-4', hostileTenant, 'tenant-6']
  let number = 0
  const event = (eventType: string, tenantId: string, ms: number, payload: object) => {
    const occurredAt = new Date(ms).toISOString()
    number += 1
    return {
      id: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
      event: parseEvent(
        descriptionServiceContract,
        { eventType, tenantId, occurredAt, payload },
        { nowMs },
      ) as AnyWebhookEvent,
    }
  }
  for (const [index, tenant] of tenants.entries()) {
    const created = nowMs - (20 - index * 3.5) * dayMs
    yield event('tenant.created', tenant, created, {
      siteUrl: 'https://example.com',
      email: `lead-${index + 1}@example.com`,
    })
    if (index === 5) continue
    yield event('apikey.created', tenant, created + 60_000, { keyPrefix: 'ac_live' })
    for (let scan = 0; scan < 12 - index * 2; scan += 1) {
      const ended = created + 3_600_000 + scan * dayMs
      if (ended > nowMs) break
      const jobId = `${index}-${scan}`
      yield scan % 5 === 3
        ? event('scan.failed', tenant, ended, { jobId, mediaCount: 4, errorMessage: 'out of memory' })
        : event('scan.completed', tenant, ended, {
            jobId,
            mediaCount: 20 + scan,
            identitiesDetected: 61 + index,
            durationMs: 3000 + 10 * scan,
          })
    }
    yield event('cluster.created', tenant, created + 7_200_000, {
      clusterId: `cluster-${index}`,
      identityCount: 3,
      algorithm: 'centroid',
    })
  }
}
