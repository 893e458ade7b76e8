import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { applyMigrations } from '@altcontext/embedded-database'
import { createTestDatabase, type TestDatabase } from '@altcontext/test-database'
import type { FastifyInstance } from 'fastify'
import pg from 'pg'

const run = promisify(execFile)
const root = join(import.meta.dirname, '..')
const repository = join(root, '../..')

/** A UTC day. Events from long ago would count on the day of their receipt. */
export const daysAgo = (days: number): string =>
  new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10)

/** The two customers of the host. */
export const one = '11111111-1111-4111-8111-111111111111'
export const two = '22222222-2222-4222-8222-222222222222'

export const adminKeys = { one: 'the-admin-key-of-customer-one', two: 'the-admin-key-of-customer-two' }

/** The host's repository, or a copy of it, copied so that the installer and the README's diff can change it. */
export const copyHost = (from = join(root, 'host')): { folder: string; remove: () => void } => {
  mkdirSync(join(root, '.cache'), { recursive: true })
  const folder = mkdtempSync(join(root, '.cache/host-'))
  cpSync(from, folder, { recursive: true })
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** `npx @altcontext/webhook-store <command>` in a copy of the host. */
export const runInstaller = (folder: string, command: string) =>
  run(
    process.execPath,
    ['--conditions=@altcontext/source', join(repository, 'packages/store/src/cli.ts'), command],
    { cwd: folder },
  )

/** The diff in the README of webhook-backend: what a developer of the host writes. */
export const readmeDiff = (): string =>
  /```diff\n([\s\S]*?)```/.exec(
    readFileSync(join(repository, 'packages/backend/README.md'), 'utf8'),
  )?.[1] as string

/** Writes what the README says into a copy of the host. */
export const applyReadme = async (folder: string): Promise<void> => {
  writeFileSync(join(folder, 'readme.diff'), readmeDiff())
  await run('git', ['apply', 'readme.diff'], {
    cwd: folder,
    // The copy is in a folder that git ignores: without a repository it is a folder like any other.
    env: {
      ...process.env,
      GIT_CEILING_DIRECTORIES: join(root, '.cache'),
      GIT_DIR: join(folder, 'no-repository'),
    },
  })
}

/** A database of the host: its own migrations, its roles, and two customers with leads of the same addresses. */
export interface HostDatabase extends AsyncDisposable {
  /** The address for the role that owns everything and bypasses row-level security. */
  owner: pg.Pool
  ownerUrl: string
  /** The address for the role of the server, which owns nothing. */
  pool: pg.Pool
  url: string
  role: string
}

export const createHostDatabase = async (
  folder: string,
  schema = 'public',
  given?: Pick<TestDatabase, 'pool' | 'url' | 'drop'>,
): Promise<HostDatabase> => {
  const test = given ?? (await createTestDatabase())
  const role = `app_user_${randomBytes(4).toString('hex')}`
  await test.pool.query(`
    DROP SCHEMA public CASCADE;
    CREATE SCHEMA public;
    CREATE SCHEMA IF NOT EXISTS "${schema}";
    CREATE ROLE ${role} LOGIN PASSWORD 'app';
    GRANT USAGE ON SCHEMA "${schema}" TO ${role};
    ALTER DEFAULT PRIVILEGES IN SCHEMA "${schema}" GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ${role};
    ALTER DEFAULT PRIVILEGES IN SCHEMA "${schema}" GRANT USAGE ON SEQUENCES TO ${role};
    ALTER ROLE ${role} SET search_path = "${schema}"`)
  const ownerUrl = `${test.url}?schema=${schema}`
  await migrateHost(folder, ownerUrl)
  await test.pool.query(`SET search_path = "${schema}";${customers}`)
  const url = new URL(test.url)
  url.username = role
  url.password = 'app'
  const pool = new pg.Pool({ connectionString: url.href, max: 5 })
  const owner = test.pool
  return {
    owner,
    ownerUrl,
    pool,
    url: url.href,
    role,
    [Symbol.asyncDispose]: async () => {
      await pool.end()
      await owner.query(`DROP OWNED BY ${role} CASCADE; DROP ROLE ${role}`)
      await test.drop()
    },
  }
}

/** `prisma migrate deploy` */
export const migrateHost = (folder: string, url: string): Promise<string[]> =>
  applyMigrations({
    url,
    migrationsDirectory: join(folder, 'prisma/migrations'),
    schemaFiles: [join(folder, 'prisma/schema.prisma')],
  })

const addresses = ['ada', 'grace', 'edsger'].map((name) => `${name}@example.com`)

const customers = `
  INSERT INTO tenants (id, slug) VALUES ('${one}', 'one'), ('${two}', 'two');
  INSERT INTO tenant_api_keys (key, tenant_id, scopes) VALUES
    ('key-one', '${one}', '{admin}'), ('key-two', '${two}', '{admin}'), ('key-two-ingest', '${two}', '{ingest}');
  INSERT INTO dashboard_sessions (token, tenant_id) VALUES ('sessionone', '${one}'), ('sessiontwo', '${two}');
  ${[one, two]
    .flatMap((tenant) =>
      addresses.map(
        (address) => `INSERT INTO leads (id, tenant_id, email_normalized, source_channel)
          VALUES (gen_random_uuid(), '${tenant}', '${address}', '${tenant === one ? 'newsletter' : 'fair'}');`,
      ),
    )
    .join('\n')}
  INSERT INTO daily_metric_rollups (id, tenant_id, property_id, day, unique_visitors, new_leads) VALUES
    (gen_random_uuid(), '${one}', 'default', '${daysAgo(2)}', 100, 3),
    (gen_random_uuid(), '${two}', 'default', '${daysAgo(2)}', 7, 3);`

/** Visits of a day that led to the leads of a customer, one for each lead. */
export const visitsOf = (visits: {
  customer: string
  count: number
  day: string
  campaign?: string
}): string =>
  Array.from({ length: visits.count }, (_, n) => {
    const { customer, day, campaign = 'spring' } = visits
    const visitor = `'visit-${n}-of-${customer}'`
    return `
      INSERT INTO visitors (id, tenant_id, anon_id) VALUES (${visitor}, '${customer}', 'anon-${n}');
      INSERT INTO sessions (id, tenant_id, visitor_id, started_at, landing_path, utm_medium, utm_campaign)
        VALUES (${visitor}, '${customer}', ${visitor}, '${day}T08:00:00', '/', 'email', '${campaign}');
      INSERT INTO events (id, tenant_id, visitor_id, session_id, event_type, path, timestamp, property_id, traffic_source, is_entrance)
        VALUES (${visitor}, '${customer}', ${visitor}, ${visitor}, 'page_view', '/', '${day}T08:00:00', 'default', 'email', true);
      INSERT INTO lead_identities (id, tenant_id, lead_id, visitor_id, link_source, confidence)
        SELECT ${visitor}, tenant_id, id, ${visitor}, 'form_submit', 1 FROM leads
        WHERE tenant_id = '${customer}' AND email_normalized = '${addresses[n] ?? ''}';`
  }).join('\n')

/** The host's server from a copy of it, for one of its customers. */
export const startServer = async (
  folder: string,
  pool: pg.Pool,
  environment: Partial<Environment> = {},
): Promise<FastifyInstance> => {
  const { createServer } = (await import(join(folder, 'src/server.ts'))) as {
    createServer: (pool: pg.Pool, environment: Environment) => Promise<FastifyInstance>
  }
  return createServer(pool, {
    adminApiKey: adminKeys.one,
    bootstrapTenantId: one,
    propertyId: 'default',
    schema: 'public',
    ...environment,
  })
}

interface Environment {
  adminApiKey: string
  bootstrapTenantId: string
  propertyId: string
  schema: string
}

/** A product tenant whose address is that of a lead, with a key and a scan, as three webhooks. */
export const tenantEvents = (tenantId: string, email: string) => [
  { eventType: 'tenant.created', tenantId, occurredAt: `${daysAgo(1)}T10:00:00Z`, payload: { email } },
  {
    eventType: 'apikey.created',
    tenantId,
    occurredAt: `${daysAgo(1)}T11:00:00Z`,
    payload: { keyPrefix: 'ac_live_4f' },
  },
  {
    eventType: 'scan.completed',
    tenantId,
    occurredAt: `${daysAgo(1)}T12:00:00Z`,
    payload: { jobId: 'job-1', mediaCount: 20, identitiesDetected: 63, durationMs: 3200 },
  },
]

export { addresses }
