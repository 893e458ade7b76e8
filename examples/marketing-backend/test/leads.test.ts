import { afterAll, beforeAll, expect, test } from 'vitest'
import { adminKey, post, startTestServer, type TestServer } from './test-server.ts'

let server: TestServer
let now = new Date('2026-03-01T10:00:00.000Z')
beforeAll(async () => {
  server = await startTestServer({ now: () => now })
})
afterAll(() => server.close())

let people = 0
const newPerson = () => {
  people += 1
  return { email: `person-${people}@example.com`, anonId: `person-anon-${people}` }
}

const leadOf = async (email: string) => {
  const { rows } = await server.pool.query(
    `SELECT id, source_channel, consent_status, form_name, to_char(first_captured_at, 'YYYY-MM-DD HH24:MI') AS first,
       to_char(last_captured_at, 'YYYY-MM-DD HH24:MI') AS last FROM leads WHERE email_normalized = $1`,
    [email],
  )
  return rows[0]
}

const form = (fields: Record<string, string>, headers: Record<string, string> = {}) =>
  server.app.inject({
    method: 'POST',
    url: '/v1/leads/capture',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    payload: new URLSearchParams(fields).toString(),
  })

test('a lead is captured under its normalised address and linked to its visitor', async () => {
  const response = await post(server.app, '/v1/leads/capture', {
    email: ' Ada@Example.COM ',
    anonId: 'ada-anon-id',
    sourceChannel: 'newsletter',
    formName: 'early-access',
  })
  expect(response.statusCode).toBe(200)
  const { leadId, visitorId } = response.json()
  expect(await leadOf('ada@example.com')).toMatchObject({
    id: leadId,
    source_channel: 'newsletter',
    form_name: 'early-access',
    consent_status: 'pending',
    first: '2026-03-01 10:00',
  })
  const { rows } = await server.pool.query(
    'SELECT visitor_id, link_source, confidence FROM lead_identities WHERE lead_id = $1',
    [leadId],
  )
  expect(rows).toEqual([{ visitor_id: visitorId, link_source: 'form_submit', confidence: 1 }])
})

test('the second capture of an address keeps the id, the first channel and the first moment', async () => {
  const person = newPerson()
  const first = await post(server.app, '/v1/leads/capture', { ...person, sourceChannel: 'talk' })
  now = new Date('2026-03-02T11:00:00.000Z')
  const second = await post(server.app, '/v1/leads/capture', { ...person, sourceChannel: 'search' })
  expect(second.json().leadId).toBe(first.json().leadId)
  expect(await leadOf(person.email)).toMatchObject({
    source_channel: 'talk',
    first: '2026-03-01 10:00',
    last: '2026-03-02 11:00',
  })
})

test.each([
  ['pending', 'express', 'express'],
  ['implied', 'pending', 'implied'],
  ['express', 'implied', 'express'],
  ['withdrawn', 'implied', 'withdrawn'],
  ['withdrawn', 'express', 'withdrawn'],
  ['withdrawn', 'pending', 'withdrawn'],
])('consent %s followed by %s is %s', async (before, after, expected) => {
  const person = newPerson()
  await post(server.app, '/v1/leads/capture', { ...person, consentStatus: before })
  await post(server.app, '/v1/leads/capture', { ...person, consentStatus: after })
  expect((await leadOf(person.email)).consent_status).toBe(expected)
})

test('a form without JavaScript is led back to its page with 303', async () => {
  const fields = { email: 'form@example.com', anonId: '', honeypot: '', formName: 'early-access', path: '/' }
  const response = await form(fields, { referer: 'https://site.example/landing/?a=1' })
  expect(response.statusCode).toBe(303)
  expect(response.headers.location).toBe('https://site.example/landing/?a=1#thanks')
  expect(await leadOf('form@example.com')).toBeDefined()
})

test('a bad form is led back to try again', async () => {
  const response = await form({ email: 'nobody' }, { referer: 'https://site.example/' })
  expect([response.statusCode, response.headers.location]).toEqual([303, 'https://site.example/#try-again'])
})

test('a form on somebody else’s page is not led back there', async () => {
  const response = await form({ email: 'b@example.com' }, { referer: 'https://elsewhere.example/' })
  expect([response.statusCode, response.headers.location]).toEqual([303, '/site/#thanks'])
})

test('a filled honeypot gets the response of a success and stores nothing', async () => {
  const person = newPerson()
  const response = await post(server.app, '/v1/leads/capture', { ...person, honeypot: 'http://spam.example' })
  expect(response.json()).toEqual({ ok: true, leadId: null })
  expect(await leadOf(person.email)).toBeUndefined()
})

test.each([
  ['no address', { email: undefined }, 'email'],
  ['an address without @', { email: 'ada' }, 'email'],
  ['an address of 321 characters', { email: `${'a'.repeat(309)}@example.com` }, 'email'],
  ['no anonId', { anonId: undefined }, 'anonId'],
  ['an unknown consent', { consentStatus: 'yes' }, 'consentStatus'],
])('a lead with %s is refused', async (_what, change, path) => {
  const response = await post(server.app, '/v1/leads/capture', { ...newPerson(), ...change })
  expect(response.statusCode).toBe(400)
  expect(response.json()).toMatchObject({ ok: false, error: 'invalid_request', issues: [{ path }] })
})

test('unsubscribing withdraws consent, and says the same about an unknown address', async () => {
  const person = newPerson()
  await post(server.app, '/v1/leads/capture', { ...person, consentStatus: 'express' })
  const known = await post(server.app, '/v1/leads/unsubscribe', { email: person.email.toUpperCase() })
  const unknown = await post(server.app, '/v1/leads/unsubscribe', { email: 'nobody@example.com' })
  expect([known.json(), unknown.json()]).toEqual([{ ok: true }, { ok: true }])
  expect((await leadOf(person.email)).consent_status).toBe('withdrawn')
})

test("a stranger's capture of a known address does not choose its channel", async () => {
  const person = newPerson()
  await post(server.app, '/v1/leads/capture', person)
  await post(server.app, '/v1/leads/capture', {
    ...person,
    anonId: 'anon-of-a-stranger',
    sourceChannel: 'competitor',
  })
  expect((await leadOf(person.email)).source_channel).toBeNull()
})

test('withdrawn consent comes back by confirmed opt-in, for which the key is needed', async () => {
  const person = newPerson()
  await post(server.app, '/v1/leads/capture', { ...person, consentStatus: 'withdrawn' })
  const confirm = (headers: Record<string, string>, { email } = person) =>
    post(server.app, '/v1/leads/confirm', { email }, headers)
  expect((await confirm({})).statusCode).toBe(401)
  expect((await leadOf(person.email)).consent_status).toBe('withdrawn')
  const asAdmin = { 'x-admin-key': adminKey }
  expect((await confirm(asAdmin)).json()).toMatchObject({ ok: true, leadId: expect.any(String) })
  expect((await leadOf(person.email)).consent_status).toBe('express')
  expect((await confirm(asAdmin, newPerson())).statusCode).toBe(404)
})

test('deleting by address removes lead and identities, and the response is 404 the second time', async () => {
  const person = newPerson()
  const captured = await post(server.app, '/v1/leads/capture', person)
  const remove = () =>
    post(server.app, '/v1/leads/delete', { email: ` ${person.email} ` }, { 'x-admin-key': adminKey })
  expect((await remove()).json()).toEqual({ ok: true, leadId: captured.json().leadId })
  const { rows } = await server.pool.query('SELECT 1 FROM lead_identities WHERE lead_id = $1', [
    captured.json().leadId,
  ])
  expect(rows).toEqual([])
  const second = await remove()
  expect([second.statusCode, second.json()]).toEqual([404, { ok: false, error: 'not_found' }])
})

test('deleting a lead sets lead_id to null in the bridge’s tables', async () => {
  const person = newPerson()
  const { leadId } = (await post(server.app, '/v1/leads/capture', person)).json()
  await server.pool.query(
    `INSERT INTO tenant_events (id, tenant_id, event_type, lead_id, occurred_at)
     VALUES ('event-1', 'tenant-1', 'tenant.created', $1, '2026-03-01')`,
    [leadId],
  )
  await post(server.app, '/v1/leads/delete', { email: person.email }, { 'x-admin-key': adminKey })
  const { rows } = await server.pool.query(`SELECT lead_id FROM tenant_events WHERE id = 'event-1'`)
  expect(rows).toEqual([{ lead_id: null }])
})

test.each([
  [{}, 401, 'unauthorized'],
  [{ 'x-admin-key': `${adminKey}x` }, 401, 'unauthorized'],
])('deleting with the headers %j is %i %s', async (headers, status, error) => {
  const response = await post(server.app, '/v1/leads/delete', { email: 'a@example.com' }, headers)
  expect([response.statusCode, response.json()]).toEqual([status, { ok: false, error }])
})
