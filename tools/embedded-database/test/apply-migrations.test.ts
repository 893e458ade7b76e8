import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  applyMigrations,
  diffSchema,
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '@altcontext/embedded-database'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'

const model = `
datasource db {
  provider = "postgresql"
}

model Note {
  id   Int    @id
  text String
}
`
const createNote =
  'CREATE TABLE "Note" ("id" INTEGER NOT NULL, "text" TEXT NOT NULL, CONSTRAINT "Note_pkey" PRIMARY KEY ("id"));'

let folder: string
let server: EmbeddedPostgres
let databases = 0
let url: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'altcontext-migrations-'))
  chmodSync(folder, 0o711)
  writeFileSync(join(folder, 'schema.prisma'), model)
  server = await startEmbeddedPostgres({
    dataDir: join(folder, 'data'),
    durable: false,
    emptyClusters: join(import.meta.dirname, '../../../.cache/empty-clusters'),
  })
})

afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

beforeEach(async () => {
  databases += 1
  await query(server.url, `CREATE DATABASE migrated_${databases}`)
  url = server.url.replace(/postgres$/, `migrated_${databases}`)
})

const query = async (target: string, text: string): Promise<Record<string, unknown>[]> => {
  const client = new pg.Client({ connectionString: target })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

const given = (migrations: Record<string, string>) => {
  const migrationsDirectory = mkdtempSync(join(folder, 'migrations-'))
  writeFileSync(join(migrationsDirectory, 'migration_lock.toml'), 'provider = "postgresql"\n')
  for (const [name, sql] of Object.entries(migrations)) {
    mkdirSync(join(migrationsDirectory, name))
    writeFileSync(join(migrationsDirectory, name, 'migration.sql'), sql)
  }
  return { migrationsDirectory, schemaFiles: [join(folder, 'schema.prisma')] }
}

test('migrations are applied once, listed in _prisma_migrations, and lead to the schema', async () => {
  const options = { url, ...given({ '0001_note': createNote }) }
  expect(await diffSchema(options)).toContain('CREATE TABLE "Note"')
  expect(await applyMigrations(options)).toEqual(['0001_note'])
  expect(await applyMigrations(options)).toEqual([])
  expect(await diffSchema(options)).toBe('')
  expect(
    await query(url, 'SELECT migration_name, finished_at IS NOT NULL AS finished FROM _prisma_migrations'),
  ).toEqual([{ migration_name: '0001_note', finished: true }])
})

test('two processes that migrate at the same time apply everything once', async () => {
  const options = { url, ...given({ '0001_note': createNote }) }
  const applied = await Promise.all([applyMigrations(options), applyMigrations(options)])
  expect(applied.flat()).toEqual(['0001_note'])
})

test('functions and strings with semicolons arrive in one piece', async () => {
  const body = "CREATE FUNCTION answer() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN 'a;b'; END $$;"
  await applyMigrations({ url, ...given({ '0001_function': body }) })
  expect(await query(url, 'SELECT answer()')).toEqual([{ answer: 'a;b' }])
})

test('?schema= puts the tables and the list of migrations into that schema', async () => {
  const options = { url: `${url}?schema=bridge`, ...given({ '0001_note': createNote }) }
  await applyMigrations(options)
  expect(await diffSchema(options)).toBe('')
  expect(
    await query(url, `SELECT tablename FROM pg_tables WHERE schemaname = 'bridge' ORDER BY tablename`),
  ).toEqual([{ tablename: 'Note' }, { tablename: '_prisma_migrations' }])
})

test('a failing migration is named, leaves nothing behind, and blocks the next run until it is resolved', async () => {
  const options = { url, ...given({ '0001_bad': `${createNote}\nCREATE TABLE bad (id nonsense);` }) }
  await expect(applyMigrations(options)).rejects.toMatchObject({
    code: 'migration_failed',
    message: expect.stringContaining('type "nonsense" does not exist'),
  })
  expect(await query(url, `SELECT to_regclass('"Note"') IS NULL AS absent`)).toEqual([{ absent: true }])
  await expect(applyMigrations(options)).rejects.toThrow('`0001_bad` migration started at')
})
