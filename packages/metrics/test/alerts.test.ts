import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createSigningSecret,
  parseEvent,
  parseSigningSecret,
  verifyWebhook,
} from '@altcontext/webhook-contract'
import { type Database, inLeadScope, recordHeartbeat, recordProof } from '@altcontext/webhook-store'
import Fastify from 'fastify'
import { expect, test } from 'vitest'
import { alertsContract, createRollupWorker, type RollupWorkerOptions, webhookMetrics } from '../src/index.ts'
import { startAlertReceiver } from './alert-receiver.ts'
import { visit } from './host-visits.ts'
import {
  adminKey,
  ask,
  createTestBridge,
  marketingPropertyId,
  sendEvents,
  type TestBridge,
} from './test-bridge.ts'

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
    .poll(() => kindsOf(receiver.events()))
    .toEqual(['alert.started refusing', 'alert.started refusing'])
  expect(receiver.events()[0].payload.sentence).toMatch(
    /^50% of what came in the last 24 hours was refused, more than 1%\./,
  )
  expect(receiver.received[1]?.headers['webhook-id']).toBe(receiver.received[0]?.headers['webhook-id'])
  await bridge.sql('DELETE FROM ingest_rejections')
  await expect.poll(() => worker.errors).toMatchObject([{ code: 'alert_not_sent' }])
  expect(String(worker.errors)).toMatch(/Failed to tell people of an alert: HTTP 404\./)
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
  const [head, body] = readIfThere(file).split(/\n\n(.*)/s)
  // "Rien n’arrive" after RFC 2047.
  const encoded = Buffer.from('[webhooks] Rien n’arrive').toString('base64')
  expect(head).toMatch(new RegExp(`^Subject: =\\?utf-8\\?B\\?${encoded}\\?=\nMIME-Version`))
  expect(body).toMatch(/^Aucun événement n’est arrivé depuis 25 heures\./)
  expect(body).toMatch(/\n\nDepuis le 10 février 2026 à 00:00 UTC \(silent\)\n$/)
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

test('what goes on of a kind that is turned off is forgotten, and nobody is told that it is over', async () => {
  await using bridge = await createTestBridge()
  await using receiver = await startAlertReceiver()
  const webhook = { url: receiver.url }
  await bridge.send([scanAt(1, '2026-02-08T23:00:00Z')])
  {
    await using _worker = startWorker(bridge, { alerts: { webhook } })
    await expect.poll(() => kindsOf(receiver.events())).toEqual(['alert.started silent'])
  }
  await using _worker = startWorker(bridge, { alerts: { webhook, silentHours: false } })
  await expect
    .poll(() => bridge.sql('SELECT ended_at IS NOT NULL AS ended FROM webhook_alerts'))
    .toEqual([{ ended: true }])
  // What begins later is told, and would come after what is over.
  await refuse(bridge, '2026-02-09T22:00:00Z')
  await expect
    .poll(() => kindsOf(receiver.events()))
    .toEqual(['alert.started silent', 'alert.started refusing'])
})

test('one that the receiver never takes keeps no other waiting', async () => {
  await using bridge = await createTestBridge()
  await using receiver = await startAlertReceiver((body) => (body.includes('poison') ? 404 : 200))
  await bridge.sql(
    `INSERT INTO webhook_alerts (id, kind, subject, measured, bound, started_at, end_id)
     SELECT gen_random_uuid(), 'later', subject, 1, 1, '2026-02-01'::timestamp + number * interval '1 second', gen_random_uuid()
     FROM (SELECT number, CASE WHEN number < 7 THEN 'poison ' || number ELSE 'good' END FROM generate_series(1, 7) number)
       AS unsent (number, subject)`,
  )
  await using worker = startWorker(bridge, { alerts: { webhook: { url: receiver.url } } })
  await expect
    .poll(() => receiver.events().map(({ payload }) => payload.subject))
    .toEqual(expect.arrayContaining(['poison 1', 'poison 6', 'good']))
  expect(worker.errors[0]).toMatchObject({ code: 'alert_not_sent' })
})

test('a worker that is closed ends what it is sending, reports nothing, and leaves it to the next one at once', async () => {
  await using bridge = await createTestBridge()
  await using receiver = await startAlertReceiver(() => undefined)
  await bridge.send([scanAt(1, '2026-02-08T23:00:00Z')])
  const worker = startWorker(bridge, { alerts: { webhook: { url: receiver.url } } })
  await expect.poll(() => receiver.received.length).toBeGreaterThan(0)
  await worker[Symbol.asyncDispose]()
  expect(worker.errors).toEqual([])
  expect(await bridge.sql('SELECT claimed_until, start_sent_at FROM webhook_alerts')).toEqual([
    { claimed_until: null, start_sent_at: null },
  ])
  const folder = mkdtempSync(join(tmpdir(), 'alerts-'))
  const file = join(folder, 'pid')
  const command = startWorker(bridge, {
    alerts: {
      emailCommand: ['/bin/sh', '-c', `echo $$ > "${file}.new"; mv "${file}.new" "${file}"; exec sleep 1000`],
    },
  })
  await expect.poll(() => readIfThere(file)).not.toBe('')
  await command[Symbol.asyncDispose]()
  expect(() => process.kill(Number(readIfThere(file)), 0)).toThrow('ESRCH')
  expect(command.errors).toEqual([])
  rmSync(folder, { recursive: true })
})

test('an outbox that is silent, has a wrong clock, misses events or proves nothing is told of, each in its words', async () => {
  await using bridge = await createTestBridge()
  await using receiver = await startAlertReceiver()
  await bridge.send([scanAt(1, '2026-02-09T23:00:00Z')])
  const iso = (ms: number) => new Date(ms).toISOString()
  const [silent, wrong] = [randomUUID(), randomUUID()]
  const beat = (producer: string, atMs: number, sentMs = atMs) =>
    recordHeartbeat(
      bridge.database,
      {
        producer,
        sentAt: iso(sentMs),
        intervalMs: 60_000,
        closedThrough: iso(sentMs),
        oldestPendingMs: null,
        ledger: { accepted: 0, delivered: 0, duplicate: 0, pending: 0, dead: 0, dropped: {} },
      },
      { nowMs: atMs },
    )
  await beat(silent, startMs - 25 * hourMs)
  await beat(wrong, startMs, startMs - 10 * 60_000)
  const prove = (unrepaired: number) =>
    recordProof(bridge.database, {
      producer: wrong,
      proof: {
        at: iso(startMs),
        through: iso(startMs),
        compared: 5,
        lost: 0,
        raced: 0,
        unrepaired,
        unexplained: 0,
        gaps: [],
      },
    })
  await prove(2)
  await using worker = startWorker(bridge, { alerts: { webhook: { url: receiver.url } } })
  const sentences = () => receiver.events().map(({ payload }) => payload.sentence)
  await expect.poll(() => receiver.received.length).toBe(4)
  expect(sentences().sort()).toEqual([
    expect.stringMatching(`^2 events of the outbox ${wrong} never arrived, and it cannot send them again`),
    expect.stringMatching(`^The clock of the outbox ${wrong} and that of the receiver are 10 min apart`),
    expect.stringMatching(`^The outbox ${silent} has not proven for 25 h that all its events have arrived`),
    expect.stringMatching(
      `^The outbox ${silent} has sent no heartbeat for 1500 min, and is silent after 2 min`,
    ),
  ])
  await prove(0)
  await expect.poll(() => kindsOf(receiver.events()).slice(4)).toEqual(['alert.ended incomplete'])
  expect(sentences().at(-1)).toContain(`No event of the outbox ${wrong} is missing any longer.`)
  expect(worker.errors).toEqual([])
})

test('where a function names the customer, what is refused is nobody’s, and is told of and shown all the same', async () => {
  await using bridge = await createTestBridge()
  await using receiver = await startAlertReceiver()
  const hostTables = [
    'leads',
    'lead_identities',
    'events',
    'sessions',
    'daily_metric_rollups',
    'ingest_rejections',
  ]
  for (const table of hostTables) await bridge.sql(`ALTER TABLE ${table} ADD COLUMN tenant_id uuid`)
  const tenantId = '11111111-0000-4000-8000-000000000000'
  await sendEvents(inLeadScope(bridge.database, { tenantId }), [
    { id: 1, type: 'tenant.created', at: '2026-02-09T23:00:00Z' },
  ])
  const app = await bridge.serve({ now: () => startMs, leadScope: () => ({ tenantId }) })
  expect((await ask(app, '/v1/metrics/bridge')).problems).not.toContain('refusing')
  await refuse(bridge, '2026-02-09T22:00:00Z')
  expect((await ask(app, '/v1/metrics/bridge')).problems).toContain('refusing')
  await using worker = startWorker(bridge, { hasCustomers: true, alerts: { webhook: { url: receiver.url } } })
  await expect.poll(() => receiver.received.length).toBe(1)
  expect(receiver.events()).toMatchObject([
    { tenantId: 'bridge', payload: { kind: 'refusing', customer: null, measured: 0.5 } },
  ])
  expect(worker.errors).toEqual([])
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
    'Visitors of "[address]" on the last whole day: 0. On that weekday 9 or more were to be expected.',
    'Visitors of "social" on the last whole day: 3. On that weekday 9 or more were to be expected.',
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

test('alerts without the worker that looks for them are refused', async () => {
  const database = { query: async () => [], transaction: async () => undefined } as unknown as Database
  const options = { database, adminKeys: adminKey, marketingPropertyId, alerts: { emailCommand: ['mail'] } }
  const register = async () => await Fastify().register(webhookMetrics, { ...options, worker: false })
  await expect(register()).rejects.toMatchObject({
    code: 'invalid_options',
    message: expect.stringContaining(
      'alerts want the worker: give it, or give alerts to the process that has it',
    ),
  })
})

test('the log of a server says what of the work of a worker failed', async () => {
  await using bridge = await createTestBridge()
  await bridge.send([scanAt(1, '2026-02-08T23:00:00Z')])
  const lines: { msg: string; err: { code: string } }[] = []
  const stream = { write: (line: string) => lines.push(JSON.parse(line)) }
  await using app = Fastify({ logger: { level: 'error', stream } })
  app.register(webhookMetrics, {
    database: bridge.database,
    adminKeys: adminKey,
    marketingPropertyId,
    now: () => startMs,
    alerts: { emailCommand: ['/bin/false', address] },
  })
  await app.ready()
  await expect
    .poll(() => lines.map(({ msg, err }) => [msg, err.code]))
    .toEqual([['failed to look for alerts or to send one', 'alert_not_sent']])
})

const readIfThere = (file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
