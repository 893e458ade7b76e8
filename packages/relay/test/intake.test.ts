import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dedupeId } from '@altcontext/webhook-contract'
import { createSqliteOutbox, openSqliteOutboxRecords } from '@altcontext/webhook-emitter/sqlite'
import { createRelay, type Relay, resolveRelayOptions } from '@altcontext/webhook-relay'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { adminKey, startReceiver } from './start-receiver.ts'

let receiver: Awaited<ReturnType<typeof startReceiver>>
beforeAll(async () => {
  receiver = await startReceiver()
})
afterAll(() => receiver.close())

let folder: string
let relay: Relay
const start = async (env: Record<string, string> = {}): Promise<void> => {
  relay = await createRelay(
    resolveRelayOptions(
      { port: '0', logLevel: 'silent' },
      { WEBHOOK_URL: receiver.url, ADMIN_API_KEY: adminKey, RELAY_OUTBOX: join(folder, 'outbox.db'), ...env },
    ),
  )
}
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'webhook-relay-'))
  receiver.receiver.isDown = false
  receiver.requests.length = 0
  await receiver.database.pool.query('TRUNCATE tenant_events CASCADE')
  await start()
})
afterEach(async () => {
  await relay.close()
  rmSync(folder, { recursive: true })
})

const post = async (body: unknown, headers: Record<string, string> = {}) => {
  const response = await fetch(`${relay.url}/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}
const records = async () => {
  const opened = openSqliteOutboxRecords({ path: join(folder, 'outbox.db') })
  const list = await opened.list()
  await opened.close()
  return list
}

describe('POST /events', () => {
  test('responds with 202 to one event that is durable, and the receiver stores it under the same id', async () => {
    const { status, body } = await post(scan('job-1'))
    expect(status).toBe(202)
    expect(body).toEqual({ ok: true, eventId: expect.any(String) })
    expect(await records()).toHaveLength(1)
    await vi.waitFor(async () => expect(await receiver.storedIds()).toEqual([body.eventId]), 60_000)
  })

  test('takes a batch, keeps given ids, and recognises an event that is sent twice', async () => {
    const id = '018f3f5e-7c7a-7000-8000-000000000001'
    const events = [{ id: id.toUpperCase(), ...scan('job-1') }, scan('job-2', '2026-02-13T12:00:01Z')]
    const first = await post({ events })
    const again = await post({ events })
    expect(first.body).toEqual({ ok: true, eventIds: [id, expect.any(String)] })
    expect(again.body).toEqual(first.body)
    await vi.waitFor(async () => expect(await receiver.storedIds()).toHaveLength(2), 60_000)
    expect(await records()).toHaveLength(2)
  })

  test('gives an event without an id the dedupe id of the contract, and one with a webhook-id header that id', async () => {
    const { body } = await post(scan('job-1'))
    expect(body.eventId).toBe(
      dedupeId({ eventType: 'scan.completed', tenantId: 'tenant-1', occurredAt: '2026-02-13T12:00:00.000Z' }),
    )
    const id = '018f3f5e-7c7a-7000-8000-000000000002'
    expect((await post(scan('job-2'), { 'webhook-id': id })).body).toEqual({ ok: true, eventId: id })
  })

  test('responds with 400 and the issues of every event, and stores none of them', async () => {
    const { status, body } = await post({
      events: [scan('job-1'), scan('job-2', 'yesterday'), { ...scan('job-3'), id: 'no-uuid' }],
    })
    expect(status).toBe(400)
    expect(body).toEqual({
      ok: false,
      error: 'invalid_request',
      issues: [
        { path: 'events.1.occurredAt', message: expect.any(String) },
        { path: 'events.2.id', message: 'Expected a UUID' },
      ],
    })
    expect(await records()).toEqual([])
  })

  test.each([
    ['no JSON', '{', 400, 'invalid_request'],
    ['an empty batch', { events: [] }, 400, 'invalid_request'],
    ['501 events', { events: Array.from({ length: 501 }, () => scan('job')) }, 400, 'invalid_request'],
    ['three megabytes', 'x'.repeat(3_000_000), 413, 'payload_too_large'],
  ])('responds to %s as it should', async (_, body, status, error) => {
    expect(await post(body)).toMatchObject({ status, body: { ok: false, error } })
  })

  test('responds with 401 without the token, if one is configured', async () => {
    await relay.close()
    await start({ RELAY_TOKEN: 'a-token-of-the-producers' })
    expect(await post(scan('job-1'))).toMatchObject({ status: 401, body: { error: 'unauthorized' } })
    const headers = { authorization: 'Bearer a-token-of-the-producers' }
    expect(await post(scan('job-1'), headers)).toMatchObject({ status: 202 })
  })

  test('responds with 503 and Retry-After when the outbox is full, and takes nothing', async () => {
    receiver.receiver.isDown = true
    await relay.close()
    await start({ RELAY_MAX_EVENTS: '1', RELAY_SHUTDOWN_TIMEOUT: '1ms' })
    expect(await post(scan('job-1'))).toMatchObject({ status: 202 })
    expect(await post(scan('job-2', '2026-02-13T12:00:01Z'))).toMatchObject({
      status: 503,
      body: { error: 'queue_full' },
    })
    expect(await records()).toHaveLength(1)
  })

  test('passes the traceparent of the producer on to the receiver', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
    await post(scan('job-1'), { traceparent })
    await vi.waitFor(() => expect(receiver.requests).toMatchObject([{ traceparent }]), 60_000)
  })

  test('an event that the receiver rejects becomes a dead letter with the reason, and the 499 beside it are delivered', async () => {
    receiver.receiver.isDown = true
    await relay.close()
    // It passes the check of the intake, as with a receiver that has an older contract.
    const outbox = createSqliteOutbox({ path: join(folder, 'outbox.db') })
    outbox.attach({ onReady() {}, onDropped() {} })
    await Promise.all(
      Array.from({ length: 500 }, (_, index) =>
        outbox.accept({
          id: `018f3f5e-7c7a-7000-8000-${String(index).padStart(12, '0')}`,
          eventType: 'scan.completed',
          body: JSON.stringify({
            ...scan(`job-${index}`),
            ...(index === 250 ? { payload: { jobId: 'bad' } } : {}),
          }),
        }),
      ),
    )
    await outbox.close()
    receiver.receiver.isDown = false
    await start()
    await vi.waitFor(async () => expect(await receiver.storedIds()).toHaveLength(499), 60_000)
    await vi
      .waitFor(async () =>
        expect((await records()).filter(({ state }) => state !== 'delivered')).toMatchObject([]),
      )
      .catch(() => {})
    const opened = openSqliteOutboxRecords({ path: join(folder, 'outbox.db') })
    expect(await opened.list({ state: 'dead' })).toMatchObject([
      {
        id: '018f3f5e-7c7a-7000-8000-000000000250',
        reason: 'refused',
        history: [{ what: 'dead', detail: expect.stringContaining('payload.mediaCount') }],
      },
    ])
    expect(await opened.counts()).toMatchObject({ accepted: 500, delivered: 499, dead: 1, pending: 0 })
    await opened.close()
  })
})

describe('what a relay tells', () => {
  test('GET /healthz, /stats and /metrics show that every event is accounted for', async () => {
    await post(scan('job-1'))
    await vi.waitFor(async () => expect(await receiver.storedIds()).toHaveLength(1), 60_000)
    expect(await (await fetch(`${relay.url}/healthz`)).json()).toEqual({ ok: true })
    await vi.waitFor(async () => {
      expect(await (await fetch(`${relay.url}/stats`)).json()).toMatchObject({
        ok: true,
        outbox: 'sqlite',
        counts: { accepted: 1, delivered: 1, pending: 0 },
      })
    }, 60_000)
    const response = await fetch(`${relay.url}/metrics`)
    expect(response.headers.get('content-type')).toContain('application/openmetrics-text')
    const text = await response.text()
    expect(text).toContain('webhook_relay_ledger_events{state="delivered",reason=""} 1')
    expect(text).toContain('webhook_relay_attempted_events_total{outcome="stored"} 1')
    expect(text.trimEnd().endsWith('# EOF')).toBe(true)
    expect((await fetch(`${relay.url}/nothing`)).status).toBe(404)
  })
})

const scan = (jobId: string, occurredAt = '2026-02-13T12:00:00Z') => ({
  eventType: 'scan.completed',
  tenantId: 'tenant-1',
  occurredAt,
  payload: { jobId, mediaCount: 1, identitiesDetected: 2, durationMs: 3 },
})

test('healthz is 503 with the reason while the receiver refuses the key, and events are kept', async () => {
  await relay.close()
  await start({ ADMIN_API_KEY: 'a-wrong-key-of-32-characters-....' })
  const event = { eventType: 'apikey.created', tenantId: 'tenant-1', occurredAt: '2026-02-13T12:00:00Z' }
  expect((await post({ ...event, payload: { keyPrefix: 'ac_live_4f' } })).status).toBe(202)
  await vi.waitFor(async () => expect((await fetch(`${relay.url}/healthz`)).status).toBe(503), 60_000)
  expect(await (await fetch(`${relay.url}/healthz`)).json()).toMatchObject({
    ok: false,
    error: 'sender_paused',
    reason: 'unauthorized',
    detail: 'HTTP 401 unauthorized',
  })
  const stats = (await (await fetch(`${relay.url}/stats`)).json()) as { counts: object }
  expect(stats.counts).toMatchObject({ accepted: 1, pending: 1, dead: 0 })
})
