import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { runCli } from '../src/installer/run-cli.ts'

const folders: string[] = []

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

const lead = `model Lead {
  id              String @id @default(uuid())
  emailNormalized String @map("email_normalized")

  @@map("leads")
}
`
const init = 'CREATE TABLE "leads" ("id" TEXT NOT NULL, CONSTRAINT "leads_pkey" PRIMARY KEY ("id"));'

/** A host's folder with these files, and the command run in it. */
const host = (files: Record<string, string>) => {
  const root = mkdtempSync(join(tmpdir(), 'webhook-store-'))
  folders.push(root)
  const write = (path: string, content: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }
  for (const [path, content] of Object.entries(files)) write(path, content)
  return {
    root,
    read: (path: string) => readFileSync(join(root, path), 'utf8'),
    write,
    migrations: (path = 'prisma/migrations') => readdirSync(join(root, path)).sort(),
    all: () =>
      readdirSync(root, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => [entry.name, readFileSync(join(entry.parentPath, entry.name), 'utf8')])
        .sort(),
    run: async (...args: string[]) => {
      const said: string[] = []
      const say = (text: string) => said.push(text)
      return { code: await runCli(args, { root, out: say, note: say }), said: said.join('\n') }
    },
  }
}

const oneFile = () =>
  host({
    'prisma/schema.prisma': `// The host's.\n\n${lead}`,
    'prisma/migrations/20260217230000_init/migration.sql': init,
    'prisma/migrations/20260218001000_mt3_dashboard_auth/migration.sql': 'SELECT 1;',
  })

describe('install', () => {
  test('dates the migrations after the newest of the host, in their order', async () => {
    const { run, migrations } = oneFile()
    expect(await run('install')).toMatchObject({ code: 0 })
    expect(migrations().slice(0, 4)).toEqual([
      '20260217230000_init',
      '20260218001000_mt3_dashboard_auth',
      '20260218001001_webhook_store',
      '20260218001002_tenant_events_occurred_idx',
    ])
  })

  test("gives the host's Lead the other side of each relation, before its attributes", async () => {
    const { run, read } = oneFile()
    await run('install')
    expect(read('prisma/schema.prisma')).toMatch(
      /emailNormalized String @map\("email_normalized"\)\n\n {2}tenantEvents +TenantEvent\[\]\n(?: {2}\w+ +\w+(?:\[\]|\?)\n)+\n {2}@@map\("leads"\)\n\}/,
    )
  })

  test('changes nothing when it is run again', async () => {
    const { run, all } = oneFile()
    await run('install')
    const before = all()
    expect(await run('install')).toEqual({
      code: 0,
      said: 'Nothing to do: schema and migrations are up to date.',
    })
    expect(all()).toEqual(before)
  })

  test('says with --dry-run what it would do, and does nothing', async () => {
    const { run, all } = oneFile()
    const before = all()
    const { code, said } = await run('install', '--dry-run')
    expect(code).toBe(0)
    expect(said).toContain('Would write prisma/schema.prisma: adds tenantEvents TenantEvent[]')
    expect(said).toContain('Would write prisma/migrations/20260218001001_webhook_store/migration.sql')
    expect(all()).toEqual(before)
  })

  test('writes a separate file into a schema folder, wherever prisma.config.ts says that it is', async () => {
    const { run, read, migrations } = host({
      'prisma.config.ts': "export default { schema: 'db/models', migrations: { path: 'db/steps' } }",
      'db/models/host.prisma': lead,
      'db/steps/20270101000000_init/migration.sql': init,
    })
    expect(await run('install')).toMatchObject({ code: 0 })
    expect(read('db/models/webhooks.prisma')).toContain('model TenantEvent {')
    expect(read('db/models/host.prisma')).toContain('tenantEvents')
    expect(migrations('db/steps')[1]).toBe('20270101000001_webhook_store')
  })

  test('recognises the model that is mapped to leads, whatever its name', async () => {
    const { run, read } = host({
      'prisma/schema.prisma': lead.replace('model Lead', 'model Contact'),
      'prisma/migrations/20260217230000_init/migration.sql': init,
    })
    expect(await run('install')).toMatchObject({ code: 0 })
    expect(read('prisma/schema.prisma')).toContain('Contact? @relation(fields: [leadId]')
    expect(read('prisma/schema.prisma')).not.toMatch(/\bLead\?/)
  })

  test('takes over models and fields that were copied by hand', async () => {
    const byHand = oneFile()
    const models = readFileSync(new URL('../prisma/webhooks.prisma', import.meta.url), 'utf8')
    byHand.write('prisma/schema.prisma', `${lead}\n${models}`)
    await byHand.run('install')
    const schema = byHand.read('prisma/schema.prisma')
    expect(schema.match(/^model TenantEvent \{/gm)).toHaveLength(1)
    expect(await byHand.run('check')).toMatchObject({ code: 0 })
  })

  test.each([
    ['no schema', { 'README.md': '' }, 'Failed to find the Prisma schema: looked for prisma/schema.prisma'],
    [
      'no leads',
      { 'prisma/schema.prisma': 'model User {\n  id String @id\n}\n' },
      'no model is mapped to the table leads',
    ],
    [
      'leads with an id of type uuid',
      { 'prisma/schema.prisma': lead.replace('@id', '@id @db.Uuid') },
      'the id of Lead is not text',
    ],
    [
      'a model with the name of ours',
      {
        'prisma/schema.prisma': `${lead}\nmodel TenantEvent {\n  id String @id\n\n  @@map("sport_events")\n}\n`,
      },
      'the host has a model TenantEvent of its own',
    ],
  ])('refuses a host with %s and says what to do', async (_what, files, sentence) => {
    const { code, said } = await host(files as Record<string, string>).run('install')
    expect([code, said]).toEqual([2, expect.stringContaining(sentence)])
  })
})

describe('check', () => {
  const installed = async () => {
    const project = oneFile()
    await project.run('install')
    return project
  }

  test('agrees with what was installed', async () => {
    const { run } = await installed()
    expect(await run('check')).toEqual({
      code: 0,
      said: expect.stringMatching(
        /^Schema and migrations are those of @altcontext\/webhook-store \d+\.\d+\.\d+\.$/,
      ),
    })
  })

  test('names a model that was changed, a missing migration and a missing field', async () => {
    const { root, run, read, write } = await installed()
    const schema = read('prisma/schema.prisma')
    write(
      'prisma/schema.prisma',
      schema.replace('model TenantMilestone {', 'model Milestone {').replace(/ {2}tenantEvents .*\n/, ''),
    )
    rmSync(join(root, 'prisma/migrations/20260218001002_tenant_events_occurred_idx'), { recursive: true })
    const { code, said } = await run('check')
    expect(code).toBe(1)
    expect(said).toContain(
      'prisma/schema.prisma is out of date: it adds tenantEvents TenantEvent[] to the model Lead',
    )
    expect(said).toContain('prisma/schema.prisma is out of date: it holds the models')
    expect(said).toContain(
      '_tenant_events_occurred_idx/migration.sql is out of date: it is a migration of the bridge',
    )
    expect(said).toContain('Run: npx @altcontext/webhook-store install')
  })

  test('names a migration whose text was changed', async () => {
    const { run, write } = await installed()
    write('prisma/migrations/20260218001001_webhook_store/migration.sql', 'SELECT 1;')
    expect(await run('check')).toMatchObject({
      code: 1,
      said: expect.stringContaining('20260218001001_webhook_store differs from'),
    })
  })

  test('names a migration that comes before the table of leads, as copies of the first version did', async () => {
    const { root, run } = await installed()
    const folder = join(root, 'prisma/migrations')
    renameSync(join(folder, '20260218001001_webhook_store'), join(folder, '20260201000000_webhook_store'))
    const { code, said } = await run('check')
    expect(code).toBe(1)
    expect(said).toContain(
      '20260201000000_webhook_store comes before 20260217230000_init, which creates leads',
    )
    expect(said).toContain('prisma migrate resolve --applied')
  })
})

describe('upgrade', () => {
  test('adds only what is new, dated after the migrations that the host has added since', async () => {
    const { root, run, migrations } = oneFile()
    await run('install')
    const newest = migrations().at(-1) as string
    rmSync(join(root, 'prisma/migrations', newest), { recursive: true })
    cpSync(
      join(root, 'prisma/migrations/20260217230000_init'),
      join(root, 'prisma/migrations/20280101000000_more'),
      {
        recursive: true,
      },
    )
    const { code, said } = await run('upgrade')
    const again = newest.replace(/^\d{14}/, '20280101000001')
    expect(code).toBe(0)
    expect(said.split('\n')[0]).toBe(
      `Wrote prisma/migrations/${again}/migration.sql: is a migration of the bridge`,
    )
    expect(migrations().at(-1)).toBe(again)
  })

  test('needs an installation', async () => {
    expect(await oneFile().run('upgrade')).toEqual({
      code: 2,
      said: 'Failed to upgrade: prisma/migrations has no migration of the bridge. Run npx @altcontext/webhook-store install.',
    })
  })
})
