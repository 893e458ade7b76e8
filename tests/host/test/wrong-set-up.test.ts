import { type WebhookBackendOptions, webhookBackend } from '@altcontext/webhook-backend'
import { type Database, fromPg } from '@altcontext/webhook-store'
import fastify from 'fastify'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  adminKeys,
  copyHost,
  createHostDatabase,
  type HostDatabase,
  one,
  runInstaller,
  tenantEvents,
} from './start-host.ts'

let host: ReturnType<typeof copyHost>
let database: HostDatabase

beforeAll(async () => {
  host = copyHost()
  await runInstaller(host.folder, 'install')
  database = await createHostDatabase(host.folder)
}, 240_000)

afterAll(async () => {
  await database?.[Symbol.asyncDispose]()
  host?.remove()
})

const context: WebhookBackendOptions['beforeTransaction'] = (tx, scope) =>
  tx.query('SELECT set_tenant_context($1, $2)', [scope?.tenantId ?? one, 'public'])

const right = (): WebhookBackendOptions => ({
  pool: database.pool,
  beforeTransaction: context,
  leadScope: { tenantId: one },
  adminKeys: adminKeys.one,
  marketingPropertyId: 'default',
})

/** The message that a developer sees who starts a server with these options; none when it starts. */
const startWith = async (options: Partial<WebhookBackendOptions>, level = 'error') => {
  const logged: string[] = []
  const app = fastify({
    logger: { level, stream: { write: (line: string) => void logged.push(JSON.parse(line).msg) } },
  })
  app.register(webhookBackend, { ...right(), ...options })
  try {
    await app.ready()
    return { error: undefined, logged }
  } catch (error) {
    return { error: (error as Error).message, logged }
  } finally {
    await app.close()
  }
}

const as = async (change: string, undo: string, options: Partial<WebhookBackendOptions> = {}) => {
  await database.owner.query(change)
  try {
    return await startWith(options)
  } finally {
    await database.owner.query(undo)
  }
}

/** The same database, as if it were on an older PostgreSQL. */
const ofVersion = (database: Database, version: string, versionNumber: number): Database => {
  const rewritten = (of: Database): Database => ({
    ...of,
    query: async <Row>(...args: Parameters<Database['query']>) => {
      const rows = await of.query<{ seen?: string }>(...args)
      return rows.map((row) =>
        row.seen === undefined
          ? row
          : { seen: JSON.stringify({ ...JSON.parse(row.seen), version, versionNumber }) },
      ) as Row[]
    },
  })
  return {
    ...rewritten(database),
    withoutContext: database.withoutContext && rewritten(database.withoutContext),
  }
}

test('logs nothing when everything is right', async () => {
  expect(await startWith({})).toEqual({ error: undefined, logged: [] })
})

describe('options', () => {
  test('names every wrong option in one message', async () => {
    const { error } = await startWith({
      pool: {} as never,
      leadScope: { tenantId: 'customer-1' },
      adminKeys: 'short',
      marketingPropertyId: '',
      rateLimit: 0,
    })
    expect(error).toBe(
      "Failed to set up the bridge: pool is an object, expected a pg.Pool; leadScope is not a customer, expected { tenantId } with the customer's UUID in the host's tables, or a function of the request; adminKeys has 5 characters, expected at least 24; marketingPropertyId is empty, expected text; rateLimit is not valid, expected a whole number of at least 1, or false. Correct the options of webhookBackend.",
    )
  })

  test('reads WEBHOOK_RATE_LIMIT, and says when it is not a limit', async () => {
    process.env.WEBHOOK_RATE_LIMIT = 'many'
    const { error } = await startWith({})
    delete process.env.WEBHOOK_RATE_LIMIT
    expect(error).toContain(
      'WEBHOOK_RATE_LIMIT is not valid, expected a whole number of at least 1, or false',
    )
  })

  test.each([
    ['a key that is too short', { adminKeys: ['short', adminKeys.one] }, 'adminKeys[0] has 5 characters'],
    ['a blank key', { adminKeys: '   ' }, 'adminKeys has characters that a header cannot carry'],
    ['a blank signing secret', { signingSecrets: '' }, 'signingSecrets is not a signing secret'],
    ['a blank schema', { schema: '' }, 'schema is empty'],
    ['no property', { marketingPropertyId: undefined as never }, 'marketingPropertyId is missing'],
    ['a name that is nearly right', { leadscope: {} } as object, 'did you mean leadScope?'],
    [
      'a connection string for the pool',
      { pool: 'postgres://x' as never },
      'pool is text, expected a pg.Pool',
    ],
    [
      'a statement for beforeTransaction',
      { beforeTransaction: 'SET x' as never },
      'beforeTransaction is text, expected a function',
    ],
    [
      'too small a limit of events',
      { eventRateLimit: 499 },
      'expected a whole number of at least 500, or false',
    ],
  ])('says what is wrong with %s', async (_what, options, sentence) => {
    expect((await startWith(options)).error).toContain(sentence)
  })

  test('says at the start that there is no key, and responds with 503', async () => {
    const { logged } = await startWith({ adminKeys: '' }, 'warn')
    expect(logged).toContainEqual(expect.stringContaining('Set ADMIN_API_KEY, at least 24 characters'))
  })

  test('requires a pool or a database', async () => {
    expect((await startWith({ pool: undefined })).error).toContain('give either pool, a pg.Pool, or database')
  })

  test('names the properties that have rollups when the given one has none', async () => {
    const { error, logged } = await startWith({ marketingPropertyId: 'marketing-site' })
    expect([error, logged]).toEqual([
      undefined,
      [
        'no daily_metric_rollups of marketingPropertyId "marketing-site": the funnel will have no visitors. Those with rollups: "default" (1 days)',
      ],
    ])
  })
})

describe('the database', () => {
  test('says that row-level security is active and has no context, and that no customer is named, in one message', async () => {
    const { error } = await startWith({ beforeTransaction: undefined, leadScope: undefined })
    expect(error).toContain(`Failed to use the database as the role "${database.role}":`)
    expect(error).toContain(
      'Row-level security is active on daily_metric_rollups, events, ingest_rejections, lead_identities, leads, sessions, and no beforeTransaction sets its context',
    )
    expect(error).toContain(
      'have a tenant_id, so the host serves customers, and no leadScope says whose rows are meant',
    )
  })

  test('says that a role bypasses the row-level security that the host has enabled', async () => {
    const { error } = await startWith({
      pool: database.owner,
      beforeTransaction: undefined,
      leadScope: undefined,
    })
    expect(error).toContain(
      'The host has enabled row-level security on daily_metric_rollups, events, ingest_rejections, lead_identities, leads, sessions, and the role bypasses it',
    )
  })

  test('says which error beforeTransaction threw', async () => {
    const { error } = await startWith({ leadScope: { tenantId: '44444444-4444-4444-8444-444444444444' } })
    expect(error).toContain(
      '- beforeTransaction threw: unknown tenant. Correct what it sends: the customer, the function and its schema, or the rights.',
    )
  })

  test('says that a function of beforeTransaction does not exist', async () => {
    const { error } = await startWith({
      beforeTransaction: (tx) => tx.query('SELECT set_customer($1)', [one]),
    })
    expect(error).toContain(
      '- beforeTransaction threw: function set_customer(unknown) does not exist. Correct what',
    )
  })

  test('says that PostgreSQL is too old', async () => {
    const { error } = await startWith({
      pool: undefined,
      beforeTransaction: undefined,
      database: ofVersion(fromPg(database.pool, { beforeTransaction: context }), '14.12', 140_012),
    })
    expect(error).toContain('- PostgreSQL is 14.12, and the oldest that is supported is 15. Upgrade it.')
  })

  test('responds with 503 when leadScope finds no customer for a request, and the sender keeps its event', async () => {
    const app = fastify()
    const leadScope = () => {
      throw new Error('whose is it?')
    }
    await app.register(webhookBackend, { ...right(), leadScope, worker: false })
    const response = await app.inject({
      method: 'POST',
      url: '/v1/webhooks/description-service',
      headers: { 'x-admin-key': adminKeys.one },
      payload: tenantEvents('tenant-1', 'ada@example.com')[0] as object,
    })
    expect([response.statusCode, response.json().error]).toEqual([503, 'database_unavailable'])
    await app.close()
  })

  test('lists the tables of the bridge that are missing', async () => {
    const { error } = await as(
      'ALTER TABLE tenant_milestones RENAME TO gone',
      'ALTER TABLE gone RENAME TO tenant_milestones',
    )
    expect(error).toContain(
      "Missing in the schemas of the search path: the bridge's tenant_milestones. Run npx @altcontext/webhook-store install, then npx prisma migrate deploy.",
    )
  })

  test('lists all tables of a schema that does not exist', async () => {
    const { error } = await startWith({ schema: 'elsewhere' })
    expect(error).toContain(
      `Missing in the schema "elsewhere": the host's daily_metric_rollups, events, ingest_rejections, lead_identities, leads, sessions.`,
    )
    expect(error).toContain(`Missing in the schema "elsewhere": the bridge's `)
  })

  test('says that a migration is missing, and that a column of the host is', async () => {
    const ours = await as(
      'ALTER TABLE tenant_events RENAME COLUMN owner_id TO gone',
      'ALTER TABLE tenant_events RENAME COLUMN gone TO owner_id',
    )
    expect(ours.error).toContain(
      'tenant_events has no column owner_id: a migration is missing. Run npx @altcontext/webhook-store upgrade',
    )
    const hosts = await as(
      'ALTER TABLE leads RENAME COLUMN source_channel TO gone',
      'ALTER TABLE leads RENAME COLUMN gone TO source_channel',
    )
    expect(hosts.error).toContain("The host's leads has no column source_channel, which the bridge reads.")
  })

  test('says which rights are missing, and the statement that grants them', async () => {
    const { role } = database
    const { error } = await as(
      `REVOKE INSERT ON tenant_events, ingest_rejections FROM ${role}; REVOKE UPDATE ON leads FROM ${role}; REVOKE ALL ON SEQUENCE service_usage_dirty_id_seq FROM ${role}`,
      `GRANT INSERT ON tenant_events, ingest_rejections TO ${role}; GRANT UPDATE ON leads TO ${role}; GRANT USAGE ON SEQUENCE service_usage_dirty_id_seq TO ${role}`,
    )
    expect(error).toContain(
      `The role may not INSERT on ingest_rejections, tenant_events. Run GRANT INSERT ON ingest_rejections, tenant_events TO "${role}".`,
    )
    expect(error).toContain('The role may not UPDATE on leads.')
    expect(error).toContain(`GRANT USAGE ON SEQUENCE service_usage_dirty_id_seq TO "${role}"`)
  })

  test('says that leadScope is for hosts with customers', async () => {
    const { error } = await as(
      'ALTER TABLE daily_metric_rollups RENAME COLUMN tenant_id TO gone',
      'ALTER TABLE daily_metric_rollups RENAME COLUMN gone TO tenant_id',
    )
    expect(error).toContain('leadScope is given, and daily_metric_rollups have no tenant_id.')
  })

  test('starts when the database is away, says so, and responds with 503 until it is back', async () => {
    const pool = new pg.Pool({ connectionString: 'postgresql://nobody@127.0.0.1:1/none' })
    const { error, logged } = await startWith({ pool })
    await pool.end()
    expect(error).toBeUndefined()
    expect(logged[0]).toBe('the database could not be checked before the start of the bridge')
  })
})
