import { readdirSync, readFileSync } from 'node:fs'
import { diffSchema } from '@altcontext/embedded-database'
import { createTestDatabase } from '@altcontext/test-database'
import { expect, test } from 'vitest'
import { schemaFiles } from '../src/database/migrate.ts'

const here = new URL('../prisma/', import.meta.url)
const store = new URL('../../../packages/store/prisma/', import.meta.url)
const read = (url: URL) => readFileSync(url, 'utf8')

test('the bridge’s models are the store’s file, byte for byte', () => {
  expect(read(new URL('schema/webhooks.prisma', here))).toBe(read(new URL('webhooks.prisma', store)))
})

test('the bridge’s migrations are the store’s, byte for byte', () => {
  for (const name of readdirSync(new URL('migrations/', store))) {
    const file = `migrations/${name}/migration.sql`
    expect(read(new URL(file, here)), file).toBe(read(new URL(file, store)))
  }
})

test('the migrated database is what the schema says', async () => {
  await using database = await createTestDatabase()
  expect(await diffSchema({ url: database.url, schemaFiles })).toBe('')
})
