import { readFile } from 'node:fs/promises'
import { createTestDatabase } from '@altcontext/test-database'
import { migrationsDirectory } from '@altcontext/webhook-store'
import { expect, test } from 'vitest'

const dimensions = ['channel', 'source', 'medium', 'campaign', 'landing_path']
const origins = ['first', 'last'].flatMap((touch) => dimensions.map((name) => `${touch}_${name}`))

test('keeps what tenants came from, and nothing for tenants without a known lead', async () => {
  await using database = await createTestDatabase()
  // As it was before.
  await database.pool.query(
    `ALTER TABLE tenant_milestones ${['capture_id', ...origins].map((name) => `DROP COLUMN ${name}`).join(', ')}`,
  )
  await database.pool.query(
    `ALTER INDEX lead_captures_captured_on_channel_idx RENAME TO lead_captures_captured_on_idx;
     INSERT INTO tenant_milestones (tenant_id, owner_id, updated_at)
     VALUES ('a', '', now()), ('a', 'customer', now()), ('b', '', now());
     INSERT INTO lead_captures (id, captured_on, ${origins.join(', ')})
     VALUES ('c', '2026-02-01', ${origins.map((name) => `'${name}'`).join(', ')});
     INSERT INTO tenant_captures VALUES ('a', '', 'c')`,
  )

  const migration = new URL('20261129160000_tenant_origins/migration.sql', migrationsDirectory)
  await database.pool.query(await readFile(migration, 'utf8'))

  const { rows } = await database.pool.query(
    `SELECT capture_id, ${origins.join(', ')} FROM tenant_milestones ORDER BY tenant_id, owner_id`,
  )
  const none = Object.fromEntries(['capture_id', ...origins].map((name) => [name, null]))
  expect(rows).toEqual([
    { capture_id: 'c', ...Object.fromEntries(origins.map((name) => [name, name])) },
    none,
    none,
  ])
})
