import { readFile } from 'node:fs/promises'
import { createTestDatabase } from '@altcontext/test-database'
import { migrationsDirectory } from '@altcontext/webhook-store'
import { expect, test } from 'vitest'

test('adds up the rollups that existed before the totals did', async () => {
  await using database = await createTestDatabase()
  await database.pool.query(
    `INSERT INTO service_usage_rollups (id, tenant_id, day, scans_completed, media_processed, scan_duration_sum_ms,
       scan_duration_count, updated_at)
     SELECT tenant || day, tenant, day::date, 2, 2147483647, 9223372036854775807, 1, day::date
     FROM (VALUES ('a', '2026-02-01'), ('b', '2026-02-01'), ('a', '2026-02-02')) AS rollup (tenant, day)`,
  )
  await database.pool.query('DROP TABLE service_usage_daily_totals')

  const migration = new URL('20261124120000_service_usage_daily_totals/migration.sql', migrationsDirectory)
  await database.pool.query(await readFile(migration, 'utf8'))

  const { rows } = await database.pool.query(
    `SELECT to_char(day, 'YYYY-MM-DD') AS day, scans_completed, scans_failed, media_processed, scan_duration_sum_ms,
       scan_duration_count
     FROM service_usage_daily_totals ORDER BY day`,
  )
  expect(rows).toEqual([
    {
      day: '2026-02-01',
      scans_completed: '4',
      scans_failed: '0',
      media_processed: '4294967294',
      scan_duration_sum_ms: '18446744073709551614',
      scan_duration_count: '2',
    },
    {
      day: '2026-02-02',
      scans_completed: '2',
      scans_failed: '0',
      media_processed: '2147483647',
      scan_duration_sum_ms: '9223372036854775807',
      scan_duration_count: '1',
    },
  ])
})
