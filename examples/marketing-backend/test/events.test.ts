import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { post, startTestServer, type TestServer } from './test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const beacon = { anonId: 'visitor-1234', eventType: 'page_view', path: '/' }
let visitors = 0
const newAnonId = () => {
  visitors += 1
  return `visitor-${String(visitors).padStart(8, '0')}`
}

const rowsOf = async (table: 'events' | 'sessions', visitorId: string) => {
  const time = table === 'events' ? 'timestamp' : 'started_at'
  const { rows } = await server.pool.query(
    `SELECT *, to_char(${time}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at FROM ${table}
     WHERE visitor_id = $1 ORDER BY ${time}`,
    [visitorId],
  )
  return rows
}

test('the response to a beacon has the ids of the rows that it wrote', async () => {
  const response = await post(server.app, '/v1/events', beacon)
  expect(response.statusCode).toBe(200)
  expect(response.json()).toEqual({
    ok: true,
    visitorId: expect.any(String),
    sessionId: expect.any(String),
    eventId: expect.any(String),
    isEntrance: true,
  })
})

test('navigator.sendBeacon sends text/plain, which is read as JSON', async () => {
  const response = await server.app.inject({
    method: 'POST',
    url: '/v1/events',
    headers: { 'content-type': 'text/plain;charset=UTF-8' },
    payload: JSON.stringify({ ...beacon, anonId: newAnonId() }),
  })
  expect(response.statusCode).toBe(200)
})

test('a beacon 29 minutes after the last one continues the session, one 31 minutes later opens another', async () => {
  const anonId = newAnonId()
  const start = Date.now() - 86_400_000
  const at = (minutes: number) => new Date(start + minutes * 60_000).toISOString()
  const send = async (minutes: number) =>
    (await post(server.app, '/v1/events', { ...beacon, anonId, timestamp: at(minutes) })).json()
  const [first, second, third] = [await send(0), await send(29), await send(60)]
  expect(second.sessionId).toBe(first.sessionId)
  expect(third.sessionId).not.toBe(first.sessionId)
  expect([first, second, third].map(({ isEntrance }) => isEntrance)).toEqual([true, false, true])
})

test('twenty simultaneous beacons of one visitor are one visitor and one session', async () => {
  const anonId = newAnonId()
  const responses = await Promise.all(
    Array.from({ length: 20 }, () => post(server.app, '/v1/events', { ...beacon, anonId })),
  )
  const bodies = responses.map((response) => response.json())
  expect(new Set(bodies.map(({ visitorId }) => visitorId)).size).toBe(1)
  expect(new Set(bodies.map(({ sessionId }) => sessionId)).size).toBe(1)
  expect(bodies.filter(({ isEntrance }) => isEntrance)).toHaveLength(1)
})

test('the event keeps its source, its property and its moment in UTC', async () => {
  const timestamp = new Date(Date.now() - 3_600_000).toISOString()
  const response = await post(server.app, '/v1/events', {
    ...beacon,
    anonId: newAnonId(),
    referrer: 'https://www.google.com/',
    traffic: { propertyId: 'blog' },
    timestamp: timestamp.replace('Z', '+00:00'),
  })
  const [event] = await rowsOf('events', response.json().visitorId)
  expect(event).toMatchObject({ property_id: 'blog', traffic_source: 'organic_search', at: timestamp })
})

test('a visit from an allowed origin is internal', async () => {
  const referrer = 'https://site.example/pricing'
  const response = await post(server.app, '/v1/events', { ...beacon, anonId: newAnonId(), referrer })
  const [event] = await rowsOf('events', response.json().visitorId)
  expect(event.traffic_source).toBe('internal')
})

test('the session keeps the campaign, no query string, and the address only as a hash', async () => {
  const response = await server.app.inject({
    method: 'POST',
    url: '/v1/events',
    remoteAddress: '203.0.113.7',
    payload: {
      ...beacon,
      anonId: newAnonId(),
      path: '/pricing?email=ada@example.com',
      referrer: 'https://mail.example/read?to=ada@example.com',
      utm: { source: 'newsletter', medium: 'email', campaign: ' spring ' },
    },
  })
  const [session] = await rowsOf('sessions', response.json().visitorId)
  expect(session).toMatchObject({
    landing_path: '/pricing',
    referrer: 'https://mail.example/read',
    utm_source: 'newsletter',
    utm_campaign: 'spring',
    utm_term: null,
    ip_hash: createHmac('sha256', 'pepper-of-the-tests').update('203.0.113.7').digest('hex'),
  })
})

test.each([
  ['a short anonId', { anonId: 'short' }, 'anonId'],
  ['no path', { path: undefined }, 'path'],
  ['a NUL character', { path: '/\0' }, 'path'],
  ['a long campaign', { utm: { campaign: 'x'.repeat(256) } }, 'utm.campaign'],
  ['a moment next week', { timestamp: new Date(Date.now() + 7 * 86_400_000).toISOString() }, 'timestamp'],
  ['a moment last year', { timestamp: new Date(Date.now() - 365 * 86_400_000).toISOString() }, 'timestamp'],
])('%s is refused with 400 and its path', async (_what, change, path) => {
  const response = await post(server.app, '/v1/events', { ...beacon, ...change })
  expect(response.statusCode).toBe(400)
  expect(response.json()).toMatchObject({ ok: false, error: 'invalid_request', issues: [{ path }] })
})

test.each([
  ['application/json', '{bad', 400, 'invalid_request'],
  ['text/plain', 'not json', 400, 'invalid_request'],
  ['application/xml', '<a/>', 415, 'unsupported_media_type'],
  ['application/json', JSON.stringify({ ...beacon, path: 'x'.repeat(70_000) }), 413, 'payload_too_large'],
])('a body of %s that begins like %.10s is refused with %i %s', async (type, payload, status, error) => {
  const headers = { 'content-type': type }
  const response = await server.app.inject({ method: 'POST', url: '/v1/events', headers, payload })
  expect(response.statusCode).toBe(status)
  expect(response.json()).toMatchObject({ ok: false, error })
})
