import { diffSchema } from '@altcontext/embedded-database'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  adminKeys,
  applyReadme,
  copyHost,
  createHostDatabase,
  daysAgo,
  type HostDatabase,
  migrateHost,
  one,
  runInstaller,
  startServer,
} from './start-host.ts'

const mount = async (folder: string): Promise<void> => {
  await runInstaller(folder, 'install')
  await applyReadme(folder)
}

const hosts: Record<string, (folder: string) => Promise<HostDatabase>> = {
  'without the bridge': createHostDatabase,
  'with the bridge, on a fresh database': async (folder) => {
    await mount(folder)
    return createHostDatabase(folder)
  },
  // The host's migrations and its rows were there before the installer ran.
  'with the bridge, on a grown database': async (folder) => {
    const database = await createHostDatabase(folder)
    await mount(folder)
    expect((await migrateHost(folder, database.ownerUrl))[0]).toBe('20260218001001_webhook_store')
    return database
  },
}

describe.each(Object.entries(hosts))("the host's own tests, %s", (name, createDatabase) => {
  let host: ReturnType<typeof copyHost>
  let database: HostDatabase
  let server: FastifyInstance

  beforeAll(async () => {
    host = copyHost()
    database = await createDatabase(host.folder)
    server = await startServer(host.folder, database.pool)
    await server.ready()
  }, 240_000)

  afterAll(async () => {
    await server?.close()
    await database?.[Symbol.asyncDispose]()
    host?.remove()
  })

  test('have a database that matches the schema', async () => {
    const schemaFiles = [`${host.folder}/prisma/schema.prisma`]
    expect(await diffSchema({ url: database.ownerUrl, schemaFiles })).toBe('')
    if (name !== 'without the bridge') await expect(runInstaller(host.folder, 'check')).resolves.toBeDefined()
  })

  test('find that the host is healthy', async () => {
    expect((await server.inject('/v1/healthz')).json()).toEqual({ ok: true })
  })

  test('leave every path outside /v1/ to SvelteKit', async () => {
    for (const url of ['/', '/anything', '/dashboard/', '/webhooks']) {
      expect((await server.inject(url)).body).toBe('<title>SvelteKit</title>')
    }
  })

  test('capture a lead of a customer, from JSON and from a form', async () => {
    const capture = (payload: object | string, type: string) =>
      server.inject({
        method: 'POST',
        url: '/v1/leads/capture',
        payload,
        headers: { 'content-type': type, origin: 'https://altcontext.com' },
      })
    const lead = await capture({ email: ' New@Example.com ', sourceChannel: 'fair' }, 'application/json')
    expect([lead.statusCode, lead.json()]).toEqual([200, { ok: true, leadId: expect.any(String) }])
    expect(lead.headers['access-control-allow-origin']).toBe('https://altcontext.com')
    expect((await capture('email=form%40example.com', 'application/x-www-form-urlencoded')).statusCode).toBe(
      200,
    )
    const { rows } = await database.owner.query(
      "SELECT tenant_id, email_normalized FROM leads WHERE email_normalized ~ 'new|form' ORDER BY 2 DESC",
    )
    expect(rows).toEqual([
      { tenant_id: one, email_normalized: 'new@example.com' },
      { tenant_id: one, email_normalized: 'form@example.com' },
    ])
  })

  test('get refusals in the host’s own format', async () => {
    const url = '/v1/leads/capture'
    const broken = await server.inject({
      method: 'POST',
      url,
      payload: '{',
      headers: { 'content-type': 'application/json' },
    })
    expect([broken.statusCode, broken.json().ok]).toEqual([400, false])
    const wrong = await server.inject({ method: 'POST', url, payload: {} })
    expect([wrong.statusCode, wrong.json()]).toMatchObject([
      400,
      { ok: false, error: 'invalid_request', issues: [{ path: 'email' }] },
    ])
    const missing = await server.inject('/v1/nowhere')
    expect([missing.statusCode, missing.json().message]).toEqual([404, 'Route GET:/v1/nowhere not found'])
  })

  test('show the summary of a customer to its admins, in each of the three ways', async () => {
    const url = `/v1/metrics/summary?from=${daysAgo(20)}&to=${daysAgo(0)}`
    const visitors = async (headers: Record<string, string>) =>
      (await server.inject({ url, headers })).json().metrics?.uniqueVisitors
    expect(await visitors({ 'x-admin-key': adminKeys.one })).toBe(100)
    expect(await visitors({ 'x-api-key': 'key-two' })).toBe(7)
    expect(await visitors({ cookie: 'session=sessiontwo' })).toBe(7)
    expect(await visitors({ 'x-api-key': 'key-two-ingest' })).toBeUndefined()
  })

  test('limit the requests of one address', async () => {
    const limited = Array.from({ length: 125 }, () => server.inject('/v1/healthz'))
    expect((await Promise.all(limited)).map(({ statusCode }) => statusCode)).toContain(429)
  })
})
