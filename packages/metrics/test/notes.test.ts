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

test('notes are written on days, read by their window, taken away, and hold no address', async () => {
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

test('views are saved under a name, which is replaced', async () => {
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

test('notes and views belong to a customer of the host, and no other sees or removes them', async () => {
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

test.each([
  ['notes', { day: '2026-02-30', text: 'x' }, 'day'],
  ['notes', { day: '2026-02-03', text: ' ' }, 'text'],
  ['notes', { day: '2026-02-03', text: 'x'.repeat(501) }, 'text'],
  ['notes', { day: '2026-02-03', text: 'x', colour: 'red' }, 'colour'],
  ['saved-views', { name: 'x', view: 'https://evil.example/' }, 'view'],
  ['saved-views', { name: '', view: '' }, 'name'],
])('%s refuse %j', async (path, payload, field) => {
  await using bridge = await createTestBridge()
  const app = await bridge.serve({ now })
  const refused = await call(app, 'POST', path, payload)
  expect(refused).toMatchObject({
    status: 400,
    body: { error: 'invalid_request', issues: [{ path: field }] },
  })
  expect((await app.inject({ method: 'POST', url: `/v1/metrics/${path}`, payload })).statusCode).toBe(401)
})
