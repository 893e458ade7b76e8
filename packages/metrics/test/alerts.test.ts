import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createSigningSecret,
  parseEvent,
  parseSigningSecret,
  verifyWebhook,
} from '@altcontext/webhook-contract'
import type { Database } from '@altcontext/webhook-store'
import { expect, test } from 'vitest'
import { alertsContract, createRollupWorker, type RollupWorkerOptions } from '../src/index.ts'
import { startAlertReceiver } from './alert-receiver.ts'
import { visit } from './host-visits.ts'
import { createTestBridge, marketingPropertyId, type TestBridge } from './test-bridge.ts'

const hourMs = 3_600_000
const startMs = Date.parse('2026-02-10T00:00:00Z')
const address = 'ada@example.com'

/** A server's worker, with a clock that the test moves. */
const startWorker = (bridge: TestBridge, options: Partial<RollupWorkerOptions>) => {
  const clock = { ms: startMs }
  const errors: unknown[] = []
  const worker = createRollupWorker({
    database: bridge.database,
    intervalMs: 5,
    marketingPropertyId,
    now: () => clock.ms,
    onError: (error) => errors.push(error),
    ...options,
  })
  worker.start()
  return { clock, errors, [Symbol.asyncDispose]: () => worker.close() }
}

const scanAt = (id: number, at: string) => ({ id, type: 'scan.completed', at })

const refuse = (bridge: TestBridge, at: string) =>
  bridge.sql(
    `INSERT INTO ingest_rejections (id, property_id, endpoint, reason, status_code, occurred_at)
     VALUES ('r', 'description-service', '/v1/webhooks', 'invalid_signature', 401, $1::timestamp)`,
    [at],
  )

const kindsOf = (events: { eventType: string; payload: { kind: string } }[]) =>
  events.map(({ eventType, payload }) => `${eventType} ${payload.kind}`)

test('silence is told once when it begins, once when it is over, signed, past a restart and to two workers', async () => {
  await using bridge = await createTestBridge()
  await using receiver = await startAlertReceiver()
  const signingSecret = createSigningSecret()
  const alerts = { webhook: { url: receiver.url, signingSecret }, silentHours: 6 }
  await bridge.send([scanAt(1, '2026-02-09T23:00:00Z')])
  {
    await using one = startWorker(bridge, { alerts })
    await using other = startWorker(bridge, { alerts })
    one.clock.ms = other.clock.ms = startMs + 4.9 * hourMs
    await expect.poll(() => bridge.sql('SELECT finished_at FROM service_usage_runs')).not.toEqual([])
    one.clock.ms = other.clock.ms = startMs + 5 * hourMs
    await expect.poll(() => receiver.received.length).toBe(1)
  }
  await using restarted = startWorker(bridge, { alerts })
  restarted.clock.ms = startMs + 8 * hourMs
  await expect
    .poll(() => bridge.sql('SELECT finished_at::text FROM service_usage_runs WHERE kind = $1', ['rollup']))
    .toMatchObject([{ finished_at: '2026-02-10 08:00:00' }])
  await bridge.send([scanAt(2, '2026-02-10T07:30:00Z')])
  await expect.poll(() => receiver.received.length).toBe(2)

  const [started, ended] = receiver.received.map(({ body }) => parseEvent(alertsContract, JSON.parse(body)))
  expect(started).toMatchObject({
    eventType: 'alert.started',
    tenantId: 'bridge',
    occurredAt: '2026-02-10T05:00:00.000Z',
    payload: { kind: 'silent', measured: 6, bound: 6, customer: null },
  })
  expect(started?.payload.sentence).toMatch(/^No event has arrived for 6 hours\. Look at the sender first/)
  expect(ended).toMatchObject({
    eventType: 'alert.ended',
    payload: {
      alertId: started?.payload.alertId,
      sentence: 'Events arrive again.',
      startedAt: '2026-02-10T05:00:00.000Z',
    },
  })
  const ids = receiver.received.map(({ headers }) => headers['webhook-id'])
  expect(new Set(ids).size).toBe(2)
  for (const { headers, body } of receiver.received) {
    const read = (name: string) => String(headers[`webhook-${name}`])
    const message = { id: read('id'), timestamp: read('timestamp'), signature: read('signature'), body }
    const nowMs = Number(message.timestamp) * 1000
    expect(verifyWebhook(message, [parseSigningSecret(signingSecret)], { nowMs })).toEqual({ ok: true })
    expect(JSON.stringify({ headers, body })).not.toMatch(/x-admin-key|hooks/)
  }
})

test('what a receiver refuses for a moment is sent again by the emitter, what it refuses for good stays and is sent later', async () => {
  await using bridge = await createTestBridge()
  await using receiver = await startAlertReceiver([503, 200, 404])
  const alerts = { webhook: { url: receiver.url }, channelDrops: false }
  await bridge.send([scanAt(1, '2026-02-09T23:00:00Z')])
  await refuse(bridge, '2026-02-09T22:00:00Z')
  await using worker = startWorker(bridge, { alerts })
  await expect
    .poll(() => kindsOf(receiver.events()), { timeout: 5000 })
    .toEqual(['alert.started refusing', 'alert.started refusing'])
  expect(receiver.events()[0].payload.sentence).toMatch(
    /^50% of what came in the last 24 hours was refused, more than 1%\./,
  )
  expect(receiver.received[1]?.headers['webhook-id']).toBe(receiver.received[0]?.headers['webhook-id'])
  await bridge.sql('DELETE FROM ingest_rejections')
  await expect.poll(() => worker.errors).toMatchObject([{ code: 'alert_not_sent' }])
  expect(String(worker.errors)).toMatch(/Failed to send an alert: HTTP 404\./)
  expect(String(worker.errors)).not.toMatch(/127\.0\.0\.1|token-of-the-path/)
  worker.clock.ms += 3 * 60_000
  await expect
    .poll(() => kindsOf(receiver.events()).slice(2))
    .toEqual(['alert.ended refusing', 'alert.ended refusing'])
})

test('a program gets the message on its standard input, in French', async () => {
  await using bridge = await createTestBridge()
  const folder = mkdtempSync(join(tmpdir(), 'alerts-'))
  const file = join(folder, 'mail')
  await bridge.send([scanAt(1, '2026-02-08T23:00:00Z')])
  {
    await using _worker = startWorker(bridge, {
      alerts: {
        emailCommand: ['/bin/sh', '-c', `cat >> "${file}"; echo . >> "${file}.done"`, address],
        language: 'fr',
      },
    })
    await expect.poll(() => readIfThere(`${file}.done`)).toBe('.\n')
  }
  expect(readIfThere(file)).toMatch(
    /^Subject: \[webhooks\] silent\nMIME-Version.*\n\nAucun événement n’est arrivé depuis 25 heures\./s,
  )
  rmSync(folder, { recursive: true })
})

test('a program that fails is told of without its arguments', async () => {
  await using bridge = await createTestBridge()
  await bridge.send([scanAt(1, '2026-02-08T23:00:00Z')])
  await using worker = startWorker(bridge, { alerts: { emailCommand: ['/bin/false', address] } })
  await expect.poll(() => worker.errors).toMatchObject([{ code: 'alert_not_sent' }])
  expect(String(worker.errors)).toMatch(/the command ended with exit code 1/)
  expect(String(worker.errors)).not.toContain(address)
})

test('a channel is judged by the same weekday of the weeks before, and its name holds no address', async () => {
  await using bridge = await createTestBridge()
  await using receiver = await startAlertReceiver()
  // 2026-02-09 is a Monday. Mondays bring 20 visitors, every other day 2.
  const visitors = (channel: string, day: string, count: number) =>
    bridge.sql(
      `INSERT INTO daily_visitors (id, property_id, day, channel, source, medium, campaign, landing_path, visitors)
       VALUES ($1 || $2, $3, $2::date, $1, '', '', '', '', $4)`,
      [channel, day, marketingPropertyId, count],
    )
  for (let week = 1; week <= 8; week += 1) {
    const monday = new Date(Date.parse('2026-02-09') - week * 7 * 24 * hourMs).toISOString().slice(0, 10)
    const sunday = new Date(Date.parse(monday) - 24 * hourMs).toISOString().slice(0, 10)
    for (const channel of ['social', address]) {
      await visitors(channel, monday, 20)
      await visitors(channel, sunday, 2)
    }
  }
  // The worker counts the visitors of the last two days that are there itself, from the visits.
  await visitors('social', '2026-02-09', 0)
  await visitors('social', '2026-02-10', 0)
  for (const [day, count] of [
    ['2026-02-08', 2],
    ['2026-02-09', 3],
    ['2026-02-10', 2],
  ] as const) {
    for (let index = 0; index < count; index += 1) {
      const id = `${day}-${index}`
      await visit(bridge, { id, visitor: id, at: `${day}T00:30:00Z`, source: 'social' })
    }
  }
  await using worker = startWorker(bridge, { alerts: { webhook: { url: receiver.url } } })
  // Sunday is the last whole day, an hour after midnight not yet Monday: two visitors are what Sundays bring.
  await expect.poll(() => bridge.sql('SELECT finished_at FROM service_usage_runs')).not.toEqual([])
  expect(receiver.received).toEqual([])
  worker.clock.ms = startMs + 2 * hourMs
  await expect.poll(() => receiver.received.length).toBe(2)
  expect(
    receiver
      .events()
      .map(({ payload }) => payload.sentence)
      .sort(),
  ).toEqual([
    'Visitors of "[address]" on the last whole day: 0. On that weekday 10 or more were to be expected.',
    'Visitors of "social" on the last whole day: 3. On that weekday 10 or more were to be expected.',
  ])
  worker.clock.ms = startMs + 26 * hourMs
  await expect
    .poll(() => kindsOf(receiver.events()).slice(2))
    .toEqual(['alert.ended channel_drop', 'alert.ended channel_drop'])
})

test.each([
  [{}, 'give either webhook or emailCommand'],
  [{ webhook: { url: 'http://example.com/' } }, 'alerts.webhook.url is wrong, expected an https address'],
  [{ webhook: { url: 'https://a:b@example.com/' } }, 'alerts.webhook.url is wrong'],
  [{ webhook: { url: 'https://example.com/', signingSecret: '' } }, 'alerts.webhook.signingSecret is wrong'],
  [{ emailCommand: [] }, 'alerts.emailCommand is wrong'],
  [{ emailCommand: ['x'], refusedShare: 1 }, 'alerts.refusedShare is wrong, expected a share'],
  [{ emailCommand: ['x'], silentHours: 0 }, 'alerts.silentHours'],
])('%j is refused', (alerts, problem) => {
  const database = { query: async () => [], transaction: async () => undefined } as unknown as Database
  expect(() => createRollupWorker({ database, alerts: alerts as never })).toThrow(problem)
})

const readIfThere = (file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
