import type { FastifyInstance, InjectOptions } from 'fastify'
import { expect, test } from 'vitest'
import { adminKey, createTestBridge } from './test-bridge.ts'

const now = () => Date.parse('2026-02-10T12:00:00Z')
const call = async (
  app: FastifyInstance,
  method: InjectOptions['method'],
  path: string,
  payload?: object,
) => {
  const response = await app.inject({
    method,
    url: `/v1/metrics/${path}`,
    headers: { 'x-admin-key': adminKey },
    ...(payload && { payload }),
  })
  return { status: response.statusCode, body: response.json() }
}

test('notes are written on days, read by their window, deleted, and hold no address', async () => {
  await using bridge = await createTestBridge()
  const app = await bridge.serve({ now })
  const written = await call(app, 'POST', 'notes', {
    day: '2026-02-03',
    text: ' Launch; ask ada@example.com ',
  })
  expect(written).toEqual({
    status: 200,
    body: {
      ok: true,
      note: {
        id: expect.any(String),
        day: '2026-02-03',
        text: 'Launch; ask [address]',
        notedAt: '2026-02-10T12:00:00.000Z',
      },
    },
  })
  const { note } = written.body
  await call(app, 'POST', 'notes', { day: '2026-02-01', text: 'Earlier' })
  const listed = await call(app, 'GET', 'notes?from=2026-02-02&to=2026-02-09')
  expect(listed.body).toEqual({ ok: true, notes: [note] })
  expect((await call(app, 'GET', 'notes')).body.notes).toHaveLength(2)
  expect((await call(app, 'DELETE', `notes/${note.id}`)).status).toBe(200)
  expect((await call(app, 'DELETE', `notes/${note.id}`)).status).toBe(404)
  expect((await call(app, 'GET', 'notes')).body.notes).toHaveLength(1)
})

test('views are saved under a name, and a second one with that name replaces the first', async () => {
  await using bridge = await createTestBridge()
  const app = await bridge.serve({ now })
  await call(app, 'POST', 'saved-views', { name: 'Weekly', view: '?range=7d' })
  const replaced = await call(app, 'POST', 'saved-views', { name: 'Weekly', view: '?view=channels' })
  expect(replaced.body.view).toMatchObject({ name: 'Weekly', view: '?view=channels' })
  const { views } = (await call(app, 'GET', 'saved-views')).body
  expect(views).toEqual([replaced.body.view])
  expect((await call(app, 'DELETE', `saved-views/${views[0].id}`)).status).toBe(200)
  expect((await call(app, 'GET', 'saved-views')).body.views).toEqual([])
})

test('addresses and credentials are removed from the query of a view, and the id of a tenant stays', async () => {
  await using bridge = await createTestBridge()
  const app = await bridge.serve({ now })
  for (const [view, stored = view] of [
    ['?search=ada%40example.com&view=tenants', '?search=%5Baddress%5D&view=tenants'],
    ['?search=ada%2540example.com', '?search=%5Baddress%5D'],
    ['?ada%40example.com=1', '?%5Baddress%5D=1'],
    ['?search=password%3Dhunter2', '?search=password%3D%5Bsecret%5D'],
    ['?view=tenants&tenant=0199aa50-0000-4000-8000-000000000001&range'],
  ]) {
    await call(app, 'POST', 'saved-views', { name: 'One', view })
    expect(await bridge.sql('SELECT view FROM webhook_saved_views')).toEqual([{ view: stored }])
  }
})

test('1000 notes and 1000 views are kept for each customer, however many come at once, and one that is deleted makes room', async () => {
  await using bridge = await createTestBridge()
  const app = await bridge.serve({ now })
  await bridge.sql(`INSERT INTO webhook_day_notes (id, day, text, noted_at)
    SELECT gen_random_uuid()::text, '2026-02-03', 'x', now() FROM generate_series(1, 998)`)
  await bridge.sql(`INSERT INTO webhook_saved_views (id, name, view, saved_at)
    SELECT gen_random_uuid()::text, number, '', now() FROM generate_series(1, 999) number`)
  const note = { day: '2026-02-03', text: 'One more' }
  const responses = await Promise.all(Array.from({ length: 5 }, () => call(app, 'POST', 'notes', note)))
  expect(responses.map(({ status }) => status).sort()).toEqual([200, 200, 409, 409, 409])
  const refused = { status: 409, body: { ok: false, error: 'limit_reached' } }
  expect(responses).toContainEqual(refused)
  const view = (name: string) => call(app, 'POST', 'saved-views', { name, view: '' })
  expect((await view('The thousandth')).status).toBe(200)
  expect(await view('One more')).toEqual(refused)
  expect((await view('The thousandth')).status).toBe(200)
  const { views } = (await call(app, 'GET', 'saved-views')).body
  expect(views).toHaveLength(1000)
  await call(app, 'DELETE', `saved-views/${views[0].id}`)
  expect((await view('One more')).status).toBe(200)
  const other = await bridge.serve({ now, leadScope: { tenantId: '11111111-0000-4000-8000-000000000000' } })
  expect((await call(other, 'POST', 'notes', note)).status).toBe(200)
})

test('nothing but JSON is written, whatever the host parses', async () => {
  await using bridge = await createTestBridge()
  const app = await bridge.serve({ now })
  for (const [contentType, payload] of [
    ['text/plain', '{"name":"x","view":""}'],
    ['application/x-www-form-urlencoded', 'name=x&view='],
    [],
  ]) {
    for (const path of ['notes', 'saved-views']) {
      const refused = await app.inject({
        method: 'POST',
        url: `/v1/metrics/${path}`,
        headers: { 'x-admin-key': adminKey, ...(contentType && { 'content-type': contentType }) },
        ...(payload && { payload }),
      })
      const response = [refused.statusCode, refused.json()]
      expect(response).toEqual([415, { ok: false, error: 'unsupported_media_type' }])
    }
  }
})

test('notes and views belong to a customer of the host, and no other customer sees or deletes them', async () => {
  await using bridge = await createTestBridge()
  const customer = (digit: string) => `${digit.repeat(8)}-0000-4000-8000-000000000000`
  const one = await bridge.serve({ now, leadScope: { tenantId: customer('1') } })
  const other = await bridge.serve({ now, leadScope: { tenantId: customer('2') } })
  const { note } = (await call(one, 'POST', 'notes', { day: '2026-02-03', text: 'Ours' })).body
  const { view } = (await call(one, 'POST', 'saved-views', { name: 'Ours', view: '' })).body
  expect((await call(other, 'GET', 'notes')).body.notes).toEqual([])
  expect((await call(other, 'GET', 'saved-views')).body.views).toEqual([])
  expect((await call(other, 'DELETE', `notes/${note.id}`)).status).toBe(404)
  expect((await call(other, 'DELETE', `saved-views/${view.id}`)).status).toBe(404)
  await call(other, 'POST', 'saved-views', { name: 'Ours', view: '?range=7d' })
  expect((await call(one, 'GET', 'saved-views')).body.views).toEqual([view])
})

test('a note or view that breaks a rule is refused, with the name of the field', async () => {
  await using bridge = await createTestBridge()
  const app = await bridge.serve({ now })
  const wrong: [string, Record<string, unknown>, string][] = [
    ['notes', { day: '2026-02-30', text: 'x' }, 'day'],
    ['notes', { day: '0000-01-01', text: 'x' }, 'day'],
    ['notes', { day: '2026-02-03\0', text: 'x' }, 'day'],
    ['notes', { day: '2026-02-03', text: ' ' }, 'text'],
    ['notes', { day: '2026-02-03', text: '\0' }, 'text'],
    ['notes', { day: '2026-02-03', text: 'x'.repeat(501) }, 'text'],
    ['notes', { day: '2026-02-03', text: 'x', colour: 'red' }, 'colour'],
    ['saved-views', { name: '', view: '' }, 'name'],
    ['saved-views', { name: '\0', view: '' }, 'name'],
    // It is longer without its addresses.
    ['saved-views', { name: 'a@b '.repeat(30), view: '' }, 'name'],
    ['saved-views', { name: 'x', view: '?\0' }, 'view'],
    ['saved-views', { name: 'x', view: `?${'a%40b&'.repeat(300)}` }, 'view'],
    ['saved-views', { name: 'x', view: 'https://evil.example/' }, 'view'],
  ]
  for (const [path, payload, field] of wrong) {
    const refused = await call(app, 'POST', path, payload)
    expect(refused, JSON.stringify(payload)).toMatchObject({
      status: 400,
      body: { error: 'invalid_request', issues: [{ path: field }] },
    })
  }
  for (const path of ['notes', 'saved-views']) {
    expect((await app.inject({ method: 'POST', url: `/v1/metrics/${path}`, payload: {} })).statusCode).toBe(
      401,
    )
  }
})
