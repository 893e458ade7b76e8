import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createSigningSecret,
  parseEvent,
  parseSigningSecret,
  verifyWebhook,
} from '@altcontext/webhook-contract'
import Fastify from 'fastify'
import { expect, test } from 'vitest'
import { alertsContract, webhookMetrics } from '../src/index.ts'
import { startAlertReceiver } from './alert-receiver.ts'
import { address, hourMs, kindsOf, refuse, scanAt, startMs, startWorker } from './start-alert-worker.ts'
import { adminKey, createTestBridge, marketingPropertyId } from './test-bridge.ts'

test('silence is reported once when it begins, once when it is over, signed, across a restart and to two workers', async () => {
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
  expect(started?.payload.sentence).toMatch(/^No event has arrived for 6 hours\. Check the sender first/)
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

test('the emitter retries a message that a receiver refuses for a moment; one that it refuses for good is kept and sent later', async () => {
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
    /^50% of what arrived in the last 24 hours was refused, more than 1%\./,
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
  const [head, body] = readIfThere(file).split(/\n\n(.*)/s)
  // "Rien n’arrive" as RFC 2047 encodes it.
  const encoded = Buffer.from('[webhooks] Rien n’arrive').toString('base64')
  expect(head).toMatch(new RegExp(`^Subject: =\\?utf-8\\?B\\?${encoded}\\?=\nMIME-Version`))
  expect(body).toMatch(/^Aucun événement n’est arrivé depuis 25 heures\./)
  expect(body).toMatch(/\n\nDepuis le 10 février 2026 à 00:00 UTC \(silent\)\n$/)
  rmSync(folder, { recursive: true })
})

test('a program that fails is reported without its arguments', async () => {
  await using bridge = await createTestBridge()
  await bridge.send([scanAt(1, '2026-02-08T23:00:00Z')])
  await using worker = startWorker(bridge, { alerts: { emailCommand: ['/bin/false', address] } })
  await expect.poll(() => worker.errors).toMatchObject([{ code: 'alert_not_sent' }])
  expect(String(worker.errors)).toMatch(/the command ended with exit code 1/)
  expect(String(worker.errors)).not.toContain(address)
})

test('occurrences of a kind that is turned off are forgotten, and nobody is told that they are over', async () => {
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
  // What begins later is reported, and would come after what is over.
  await refuse(bridge, '2026-02-09T22:00:00Z')
  await expect
    .poll(() => kindsOf(receiver.events()))
    .toEqual(['alert.started silent', 'alert.started refusing'])
})

test('a message that the receiver never accepts does not keep others waiting', async () => {
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

test('a worker that is closed aborts what it is sending, reports nothing, and leaves it to the next one at once', async () => {
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

test('the log of a server says which part of the work of a worker failed', async () => {
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
