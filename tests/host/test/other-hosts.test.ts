import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { generatePrismaClient, hasPgBouncer, startPgBouncer } from '@altcontext/test-database'
import { type WebhookBackendOptions, webhookBackend } from '@altcontext/webhook-backend'
import { rollupDirty } from '@altcontext/webhook-metrics'
import { type BeforeTransaction, fromPg, fromPrisma, type PrismaRawClient } from '@altcontext/webhook-store'
import { PrismaPg } from '@prisma/adapter-pg'
import fastify, { type FastifyInstance } from 'fastify'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
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
} from './start-host.ts'

const cleanUp: (() => unknown)[] = []

afterEach(async () => {
  for (const undo of cleanUp.splice(0).reverse()) await undo()
})

const installed = copyHost()
beforeAll(async () => {
  await runInstaller(installed.folder, 'install')
})
afterAll(installed.remove)

/** A copy of the host with the bridge's models and migrations, and its database. */
const createHost = async ({ schema = 'public', install = true } = {}) => {
  const host = copyHost(install ? installed.folder : undefined)
  cleanUp.push(host.remove)
  const database = await createHostDatabase(host.folder, schema)
  cleanUp.push(() => database[Symbol.asyncDispose]())
  return { folder: host.folder, database }
}

const setContext =
  (schema: string): BeforeTransaction =>
  (tx, scope) =>
    tx.query(`SELECT "${schema}".set_tenant_context($1, $2)`, [scope?.tenantId ?? one, schema])

/** The customer of a request, named by a header: the host's own ways are tested elsewhere. */
const leadScope: WebhookBackendOptions['leadScope'] = ({ headers }) => ({
  tenantId: String(headers['x-customer']),
})

const mount = async (options: Partial<WebhookBackendOptions>): Promise<FastifyInstance> => {
  const app = fastify()
  cleanUp.push(() => app.close())
  await app.register(webhookBackend, {
    leadScope,
    adminKeys: adminKeys.one,
    marketingPropertyId: 'default',
    worker: false,
    ...options,
  })
  await app.ready()
  return app
}

interface HostNumbers {
  visitors: number
  tenantsWithLead: number
  scans: number
  refusals: number
}

const right: Record<string, HostNumbers> = {
  [one]: { visitors: 100, tenantsWithLead: 3, scans: 3, refusals: 1 },
  [two]: { visitors: 7, tenantsWithLead: 3, scans: 3, refusals: 1 },
}

/** Sends the same events for both customers, rolls up, and reads the numbers that each of them gets. */
const useBridge = async (
  appOf: (customer: string) => FastifyInstance,
  rollUp: () => Promise<unknown>,
): Promise<Record<string, HostNumbers>> => {
  const headersOf = (customer: string) => ({ 'x-admin-key': adminKeys.one, 'x-customer': customer })
  const ask = async (customer: string, url: string) =>
    (await appOf(customer).inject({ url: `/v1/metrics/${url}`, headers: headersOf(customer) })).json()
  for (const customer of [one, two]) {
    const post = async (payload: object) => {
      const url = '/v1/webhooks/description-service'
      const headers = headersOf(customer)
      return (await appOf(customer).inject({ method: 'POST', url, payload, headers })).statusCode
    }
    for (const [index, address] of addresses.entries()) {
      for (const event of tenantEvents(`tenant-${index}`, address)) expect(await post(event)).toBe(200)
    }
    expect(await post({ eventType: 'nonsense' })).toBe(400)
    await expect.poll(async () => (await ask(customer, 'bridge')).today.refusals.total).toBe(1)
  }
  await rollUp()
  const numbers = [one, two].map(async (customer) => {
    const { usage, funnel } = await ask(customer, `service-usage?from=${daysAgo(20)}&to=${daysAgo(0)}`)
    const { today } = await ask(customer, 'bridge')
    return [
      customer,
      {
        visitors: funnel.marketingVisitors,
        tenantsWithLead: funnel.tenantsWithLead,
        scans: usage.totalScansCompleted.value,
        refusals: today.refusals.total,
      },
    ] as const
  })
  return Object.fromEntries(await Promise.all(numbers))
}

const rollUpIn =
  ({ pool }: HostDatabase, schema?: string) =>
  () =>
    rollupDirty(fromPg(pool), { schema })

const rowSecurityTables = [
  'leads',
  'lead_identities',
  'visitors',
  'sessions',
  'events',
  'daily_metric_rollups',
  'ingest_rejections',
]

describe('both customers read their own numbers in a host', () => {
  test('whose row-level security is forced, with one role that owns the tables', async () => {
    const { database } = await createHost()
    const statements = rowSecurityTables.map(
      (table) =>
        `ALTER TABLE ${table} OWNER TO ${database.role}; ALTER TABLE ${table} FORCE ROW LEVEL SECURITY;`,
    )
    await database.owner.query(statements.join(''))
    const app = await mount({ pool: database.pool, beforeTransaction: setContext('public') })
    expect(await useBridge(() => app, rollUpIn(database))).toEqual(right)
  })

  test('that has a role which bypasses row-level security, as long as leadScope is given', async () => {
    const { database } = await createHost()
    const app = await mount({ pool: database.owner })
    expect(await useBridge(() => app, rollUpIn(database))).toEqual(right)
  })

  test('that has no row-level security, and customers', async () => {
    const { database } = await createHost()
    await database.owner.query(
      rowSecurityTables.map((table) => `ALTER TABLE ${table} DISABLE ROW LEVEL SECURITY;`).join(''),
    )
    const app = await mount({ pool: database.pool })
    expect(await useBridge(() => app, rollUpIn(database))).toEqual(right)
  })

  test('that runs one server for each', async () => {
    const { database } = await createHost()
    const apps = new Map<string, FastifyInstance>()
    for (const tenantId of [one, two]) {
      const options = { pool: database.pool, leadScope: { tenantId } }
      apps.set(tenantId, await mount({ ...options, beforeTransaction: setContext('public') }))
    }
    const appOf = (customer: string) => apps.get(customer) as FastifyInstance
    expect(await useBridge(appOf, rollUpIn(database))).toEqual(right)
  })

  test('whose tables are in a schema that is on nobody’s search path', async () => {
    const schema = 'Marketing site'
    const { database } = await createHost({ schema })
    await database.owner.query(`ALTER ROLE ${database.role} RESET search_path`)
    const app = await mount({ pool: database.pool, beforeTransaction: setContext(schema), schema })
    expect(await useBridge(() => app, rollUpIn(database, schema))).toEqual(right)
  })

  test('without Prisma, which runs the files of the migrations', async () => {
    const { database } = await createHost({ install: false })
    const folder = join(import.meta.dirname, '../../../packages/store/prisma/migrations')
    for (const name of readdirSync(folder)
      .sort()
      .filter((each) => /^\d/.test(each))) {
      await database.owner.query(readFileSync(join(folder, name, 'migration.sql'), 'utf8'))
    }
    const app = await mount({ pool: database.pool, beforeTransaction: setContext('public') })
    expect(await useBridge(() => app, rollUpIn(database))).toEqual(right)
  })

  test('with Prisma and no pg', async () => {
    const { folder, database } = await createHost()
    await generatePrismaClient(join(folder, 'prisma/schema.prisma'))
    const { PrismaClient } = await import(join(folder, 'generated/client.ts'))
    const client: PrismaRawClient & { $disconnect(): Promise<void> } = new PrismaClient({
      adapter: new PrismaPg({ connectionString: database.url }),
    })
    cleanUp.push(() => client.$disconnect())
    const app = await mount({ database: fromPrisma(client, { beforeTransaction: setContext('public') }) })
    expect(
      await useBridge(
        () => app,
        () => rollupDirty(fromPrisma(client)),
      ),
    ).toEqual(right)
  })
})

describe.skipIf(!hasPgBouncer())('behind PgBouncer (left out: it is not installed)', () => {
  test.each([
    { poolMode: 'transaction', prepareStatements: true },
    { poolMode: 'transaction', prepareStatements: false },
    { poolMode: 'session', prepareStatements: true },
  ] as const)(
    'both customers read their own numbers with pool_mode = $poolMode, a named schema and prepareStatements: $prepareStatements',
    async ({ poolMode, prepareStatements }) => {
      const schema = 'marketing'
      const { database } = await createHost({ schema })
      await database.owner.query(`ALTER ROLE ${database.role} RESET search_path`)
      const bouncer = await startPgBouncer({ url: database.url, poolMode, serverConnections: 5 })
      cleanUp.push(() => bouncer.stop())
      const pool = new pg.Pool({ connectionString: bouncer.url, max: 5 })
      cleanUp.push(() => pool.end())
      const app = await mount({ pool, beforeTransaction: setContext(schema), schema, prepareStatements })
      expect(await useBridge(() => app, rollUpIn(database, schema))).toEqual(right)
    },
  )
})
