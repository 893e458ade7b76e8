import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { purgeWebhooks, webhookBackend } from '@altcontext/webhook-backend'
import fastify from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  addresses,
  adminKeys,
  copyHost,
  createHostDatabase,
  daysAgo,
  type HostDatabase,
  one,
  runInstaller,
  tenantEvents,
  two,
  visitsOf,
} from './start-host.ts'

let host: ReturnType<typeof copyHost>
let database: HostDatabase

beforeAll(async () => {
  host = copyHost()
  await runInstaller(host.folder, 'install')
  database = await createHostDatabase(host.folder)
  for (const tenantId of [one, two]) {
    const app = fastify()
    await app.register(webhookBackend, {
      pool: database.pool,
      beforeTransaction: (tx) => tx.query('SELECT set_tenant_context($1, $2)', [tenantId, 'public']),
      leadScope: { tenantId },
      adminKeys: adminKeys.one,
      marketingPropertyId: 'default',
      worker: false,
    })
    await database.owner.query(visitsOf({ customer: tenantId, count: addresses.length, day: daysAgo(2) }))
    for (const address of addresses) {
      const [created] = tenantEvents(address.split('@')[0] as string, address)
      const response = await app.inject({
        method: 'POST',
        url: '/v1/webhooks/description-service',
        payload: created as object,
        headers: { 'x-admin-key': adminKeys.one },
      })
      // The other customer also has a tenant of that name, created at that instant.
      expect(response.json()).toEqual({ ok: true, eventId: expect.any(String) })
    }
    await app.close()
  }
}, 240_000)

afterAll(async () => {
  await database?.[Symbol.asyncDispose]()
  host?.remove()
})

/** `webhook-metrics rollup`, which the Make target of the roadmap runs. */
const rollUp = (url: string) =>
  promisify(execFile)(
    process.execPath,
    [
      '--conditions=@altcontext/source',
      join(import.meta.dirname, '../../../packages/metrics/src/cli.ts'),
      'rollup',
    ],
    { env: { ...process.env, DATABASE_URL: url, ROLLUP_DEFAULT_PROPERTY_ID: 'default' } },
  )

const copied = async () =>
  (
    await database.owner.query(
      `SELECT touch.owner_id, count(DISTINCT touch.lead_id)::int AS leads,
         (SELECT sum(visitors)::int FROM daily_visitors counted WHERE counted.owner_id = touch.owner_id) AS visitors
       FROM lead_touches touch JOIN leads lead ON lead.id = lead_id AND lead.tenant_id::text = touch.owner_id
       GROUP BY 1 ORDER BY 1`,
    )
  ).rows

test('webhook-metrics rollup as the role of the server says that it copied nothing that it cannot see', async () => {
  const { stderr } = await rollUp(database.url)
  expect(stderr).toContain("Row-level security hides the host's leads from this role")
  expect(await copied()).toEqual([])
})

test('webhook-metrics rollup as a role that bypasses row-level security copies for every customer', async () => {
  const { stderr, stdout } = await rollUp(database.ownerUrl)
  expect(stderr).not.toContain('Row-level security')
  expect(stdout).toMatch(/^Rolled up \d+ tenant days/)
  expect(await copied()).toEqual([
    { owner_id: one, leads: 3, visitors: 3 },
    { owner_id: two, leads: 3, visitors: 3 },
  ])
})

test('the purge is one call, and the role of the server has the right to make it', async () => {
  expect(await purgeWebhooks(database.pool)).toMatchObject({ events: 0 })
  const later = () => Date.now() + 91 * 86_400_000
  expect(await purgeWebhooks(database.pool, { now: later })).toMatchObject({ events: 6 })
})
