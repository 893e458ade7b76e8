import { createSigningSecret, parseSigningSecret, signWebhook } from '@altcontext/webhook-contract'
import { recordIngestRejections } from '@altcontext/webhook-receiver'
import { fromPg } from '@altcontext/webhook-store'
import { describe, expect, test } from 'vitest'
import { adminKey, eventually, path, scanCompleted, useReceiver } from './receiver-app.ts'

const receiver = useReceiver()
const issue = (issuePath: string) => ({ path: issuePath, message: expect.any(String) })

describe('what the receiver refuses', () => {
  test('responds to a wrong key with 401 unauthorized', async () => {
    const { post, refused } = await receiver.start()
    const response = await post(scanCompleted(), { headers: { 'x-admin-key': `${adminKey}x` } })
    expect([response.statusCode, response.json()]).toEqual([401, { ok: false, error: 'unauthorized' }])
    expect(refused).toEqual([
      {
        reason: 'unauthorized',
        statusCode: 401,
        endpoint: path,
        occurredAt: expect.any(Date),
        propertyId: 'description-service',
      },
    ])
  })

  test('responds to a missing key with 401 unauthorized', async () => {
    const { post } = await receiver.start()
    const response = await post(scanCompleted(), { headers: { 'x-admin-key': undefined } })
    expect([response.statusCode, response.json()]).toEqual([401, { ok: false, error: 'unauthorized' }])
  })

  test.each([{ adminKeys: undefined }, { adminKeys: '' }, { adminKeys: [] }, { adminKeys: [undefined, ''] }])(
    'responds with 503 admin_auth_not_configured when no key is configured: %j',
    async ({ adminKeys }) => {
      const { post } = await receiver.start({ adminKeys })
      for (const key of [adminKey, '', undefined]) {
        const response = await post(scanCompleted(), { headers: { 'x-admin-key': key } })
        expect([response.statusCode, response.json()]).toEqual([
          503,
          { ok: false, error: 'admin_auth_not_configured' },
        ])
      }
    },
  )

  test.each(['{', '', 'undefined', '{"a":1}x', '\ufeff{}', Buffer.from([0x22, 0xff, 0x22])])(
    'responds to bad JSON with 400 invalid_request: %j',
    async (body) => {
      const { post, refused } = await receiver.start()
      const response = await post(body)
      expect([response.statusCode, response.json()]).toEqual([
        400,
        { ok: false, error: 'invalid_request', issues: [{ path: '', message: 'Expected JSON in UTF-8' }] },
      ])
      expect(refused).toMatchObject([{ reason: 'invalid_json', statusCode: 400 }])
    },
  )

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/jsonp',
    'application/',
    undefined,
  ])('responds to the content type %s with 415 unsupported_media_type', async (contentType) => {
    const { post } = await receiver.start()
    const response = await post(scanCompleted(), { headers: { 'content-type': contentType } })
    expect([response.statusCode, response.json()]).toEqual([
      415,
      { ok: false, error: 'unsupported_media_type' },
    ])
  })

  test.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON ;charset=UTF-8'])(
    'accepts the content type %s',
    async (contentType) => {
      const { post } = await receiver.start()
      expect((await post(scanCompleted(), { headers: { 'content-type': contentType } })).statusCode).toBe(200)
    },
  )

  test('responds to a body of one byte too many with 413 payload_too_large, and takes one of exactly maxBodyBytes', async () => {
    const { post, refused } = await receiver.start({ maxBodyBytes: 2048 })
    const body = JSON.stringify(scanCompleted())
    expect((await post(body.padEnd(2048))).statusCode).toBe(200)
    const response = await post(body.padEnd(2049))
    expect([response.statusCode, response.json()]).toEqual([413, { ok: false, error: 'payload_too_large' }])
    expect(refused).toMatchObject([{ reason: 'payload_too_large', statusCode: 413 }])
  })

  test.each([
    ['an unknown type', scanCompleted({ eventType: 'scan.exploded' }), 'eventType'],
    ['a mismatching tenant', scanCompleted({}, { tenantId: 'another' }), 'payload.tenantId'],
    ['a negative count', scanCompleted({}, { mediaCount: -1 }), 'payload.mediaCount'],
    ['NUL in an id', scanCompleted({}, { jobId: 'job\u0000' }), 'payload.jobId'],
    ['NUL in the tenant', scanCompleted({ tenantId: 'a\u0000' }), 'tenantId'],
    ['a time in the future', scanCompleted({ occurredAt: '2036-01-01T00:00:00Z' }), 'occurredAt'],
    ['a time without offset', scanCompleted({ occurredAt: '2026-02-13T12:00:00' }), 'occurredAt'],
    ['a tenant of 129 characters', scanCompleted({ tenantId: 'x'.repeat(129) }), 'tenantId'],
    ['a payload that is a list', scanCompleted({ payload: [] }), 'payload'],
    ['an envelope that is a list', [scanCompleted()], ''],
    ['null', null, ''],
  ])('responds to %s with 400 invalid_request and the field', async (_what, body, field) => {
    const { post, refused } = await receiver.start()
    const response = await post(body)
    expect(response.statusCode).toBe(400)
    expect(response.json()).toMatchObject({ ok: false, error: 'invalid_request' })
    expect(response.json().issues).toContainEqual(issue(field))
    expect(refused).toMatchObject([{ reason: 'invalid_request', statusCode: 400, endpoint: path }])
  })

  test('stores a text with NUL without it', async () => {
    const { post } = await receiver.start()
    const event = {
      ...scanCompleted({ eventType: 'scan.failed' }),
      payload: { jobId: 'job-1', mediaCount: 1, errorMessage: 'bro\u0000ken' },
    }
    expect((await post(event)).statusCode).toBe(200)
    expect(
      await receiver.rows('SELECT payload FROM tenant_events WHERE tenant_id = $1', [event.tenantId]),
    ).toMatchObject([{ payload: { errorMessage: 'broken' } }])
  })

  test('responds to an event that the database refuses with 400 invalid_request', async () => {
    const { post, refused } = await receiver.start({
      writer: {
        write: async ({ id }) => ({ status: 'refused', eventId: id, reason: '22P05' }),
        writeAll: async () => [],
        close: async () => {},
      },
    })
    const response = await post(scanCompleted())
    expect([response.statusCode, response.json()]).toEqual([
      400,
      {
        ok: false,
        error: 'invalid_request',
        issues: [{ path: '', message: 'The database cannot store this event' }],
      },
    ])
    expect(refused).toMatchObject([{ reason: 'refused_by_database' }])
  })

  test('responds to another method on its path as the host does to unknown routes', async () => {
    const { app } = await receiver.start()
    expect((await app.inject({ method: 'GET', url: path })).statusCode).toBe(404)
  })
})

describe('signatures', () => {
  const nowMs = Date.parse('2026-02-13T12:00:30Z')
  const secret = createSigningSecret()
  const signed = (
    body: string,
    { with: key = secret, atMs = nowMs, id = 'msg_1' }: { with?: string; atMs?: number; id?: string } = {},
  ) => {
    const timestamp = String(Math.floor(atMs / 1000))
    return {
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': signWebhook({ id, timestamp, body }, parseSigningSecret(key)),
    }
  }
  const body = JSON.stringify(scanCompleted())
  const start = (signingSecrets: string | string[] = secret) =>
    receiver.start({ signingSecrets, now: () => nowMs })

  test('accepts a signature by any of the secrets, for both routes', async () => {
    const another = createSigningSecret()
    const { post } = await start([another, secret])
    expect((await post(body, { headers: signed(body) })).statusCode).toBe(200)
    expect((await post(body, { headers: signed(body, { with: another }) })).statusCode).toBe(200)
    const batch = JSON.stringify({ events: [scanCompleted()] })
    expect((await post(batch, { headers: signed(batch), url: `${path}/batch` })).statusCode).toBe(200)
  })

  test.each([
    ['a signature by another secret', () => signed(body, { with: createSigningSecret() })],
    ['a signature of another body', () => signed(`${body} `)],
    ['a signature of another id', () => ({ ...signed(body), 'webhook-id': 'msg_2' })],
    ['a stale timestamp', () => signed(body, { atMs: nowMs - 301_000 })],
    ['a timestamp too far ahead', () => signed(body, { atMs: nowMs + 301_000 })],
    ['no signature', () => ({})],
  ])('responds to %s with 401 invalid_signature and nothing else', async (_what, headers) => {
    const { post, refused } = await start()
    for (const url of [path, `${path}/batch`]) {
      const response = await post(body, { headers: headers(), url })
      expect([response.statusCode, response.json()]).toEqual([401, { ok: false, error: 'invalid_signature' }])
    }
    expect(refused).toHaveLength(2)
  })

  test('does not replace the key', async () => {
    const { post } = await start()
    const response = await post(body, { headers: { ...signed(body), 'x-admin-key': undefined } })
    expect(response.json()).toEqual({ ok: false, error: 'unauthorized' })
  })
})

describe('reporting refusals', () => {
  test('records them in ingest_rejections', async () => {
    const { post } = await receiver.start({ onRefused: recordIngestRejections(fromPg(receiver.pool)) })
    await post(scanCompleted(), { headers: { 'x-admin-key': 'wrong' } })
    await post('{')
    await eventually(async () => {
      expect(
        await receiver.rows(
          'SELECT property_id, endpoint, reason, status_code FROM ingest_rejections ORDER BY status_code',
        ),
      ).toEqual([
        { property_id: 'description-service', endpoint: path, reason: 'invalid_json', status_code: 400 },
        { property_id: 'description-service', endpoint: path, reason: 'unauthorized', status_code: 401 },
      ])
    })
  })

  test('counts refusals without a row of their own in the table', async () => {
    const record = recordIngestRejections(fromPg(receiver.pool))
    const refused = (minute: number) => ({
      propertyId: 'flooded',
      endpoint: path,
      reason: 'unauthorized',
      statusCode: 401,
      occurredAt: new Date(minute * 60_000 + 1234),
    })
    await Promise.all(Array.from({ length: 300 }, (_, index) => record(refused(index < 150 ? 1 : 2))))
    await Promise.all(Array.from({ length: 5 }, () => record(refused(2))))
    const rows = await receiver.rows(
      `SELECT (SELECT count(*)::int FROM ingest_rejections WHERE property_id = 'flooded') AS rows,
         to_char(minute, 'HH24:MI:SS.MS') AS minute, endpoint, reason, status_code, owner_id, refused::int
       FROM ingest_rejection_counts ORDER BY minute`,
    )
    const common = { rows: 120, endpoint: path, reason: 'unauthorized', status_code: 401, owner_id: '' }
    expect(rows).toEqual([
      { ...common, minute: '00:01:00.000', refused: 90 },
      { ...common, minute: '00:02:00.000', refused: 95 },
    ])
  })

  test('logs once a minute that refusals cannot be recorded', async () => {
    const { post, logs } = await receiver.start({ onRefused: () => Promise.reject(new Error('away')) })
    for (let refused = 0; refused < 20; refused += 1) await post('{')
    await eventually(() => expect(logs()).toContain('Failed to report a refused webhook'))
    expect(logs().split('Failed to report a refused webhook')).toHaveLength(2)
  })

  test.each([
    [
      'throws',
      () => {
        throw new Error('hook: ada@example.com')
      },
    ],
    ['rejects', () => Promise.reject(new Error('hook: ada@example.com'))],
  ])('responds as before when the hook %s, and logs that without its message', async (_how, onRefused) => {
    const { post, logs } = await receiver.start({ onRefused })
    expect((await post('{')).statusCode).toBe(400)
    await eventually(() => expect(logs()).toContain('Failed to report a refused webhook'))
    expect(logs()).not.toContain('ada@')
  })

  test('logs the reason, and neither body nor key', async () => {
    const { post, logs } = await receiver.start()
    await post('{"tenantId":"secret-body"', { headers: { 'x-admin-key': 'a-wrong-key-that-is-secret' } })
    await post('{"tenantId":"secret-body"')
    expect(logs()).toContain('"reason":"unauthorized"')
    expect(logs()).toContain('"reason":"invalid_json"')
    expect(logs()).not.toMatch(/secret|test-admin-key/)
  })
})
