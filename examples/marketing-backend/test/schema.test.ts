import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { diffSchema } from '@altcontext/embedded-database'
import { createTestDatabase } from '@altcontext/test-database'
import { expect, test } from 'vitest'
import { schemaFiles } from '../src/database/migrate.ts'

const store = fileURLToPath(new URL('../../../packages/store/src/cli.ts', import.meta.url))

test('models and migrations of the bridge are those of the store, as its installer writes them', async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=@altcontext/source', store, 'check'],
    { cwd: new URL('..', import.meta.url) },
  )
  expect(stdout).toMatch(/^Schema and migrations are those of @altcontext\/webhook-store/)
})

test('the migrated database matches the schema', async () => {
  await using database = await createTestDatabase()
  expect(await diffSchema({ url: database.url, schemaFiles })).toBe('')
})
