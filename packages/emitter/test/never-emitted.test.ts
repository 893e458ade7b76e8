import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestDatabase } from '@altcontext/test-database'
import { createMemoryOutbox, findNeverEmitted, type Outbox } from '@altcontext/webhook-emitter'
import { createPostgresOutbox, neverEmittedSql } from '@altcontext/webhook-emitter/postgres'
import { createSqliteOutbox } from '@altcontext/webhook-emitter/sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'never-emitted-'))
let database: Awaited<ReturnType<typeof createTestDatabase>>
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(async () => {
  await database.drop()
  rmSync(folder, { recursive: true })
})

/** Keys as they come from the product's own table. */
const jobs = Array.from({ length: 60 }, (_, number) => ({
  eventType: 'scan.completed',
  tenantId: `tenant-${number % 7}`,
  occurredAt: new Date(Date.now() - 600_000 + number * 1000),
}))
const isSkipped = (number: number): boolean => number % 9 === 4

const emit = (
  outbox: Outbox,
  { eventType, tenantId, occurredAt }: (typeof jobs)[number],
  id = randomUUID(),
) =>
  outbox.accept({
    id,
    eventType,
    body: JSON.stringify({
      eventType,
      tenantId,
      occurredAt: occurredAt.toISOString(),
      payload: { jobId: 'job' },
    }),
  })

const open: Record<string, () => Outbox> = {
  SQLite: () => createSqliteOutbox({ path: join(folder, 'outbox.db') }),
  PostgreSQL: () => createPostgresOutbox({ pool: database.pool }),
}

describe.each(Object.keys(open))('an outbox in %s', (place) => {
  test('names every event that the product skipped, and none once they are emitted', async () => {
    const outbox = (open[place] as () => Outbox)()
    outbox.attach({ onReady() {}, onDropped() {} })
    const sinceMs = Date.now() - 3_600_000
    const find = () => findNeverEmitted({ outbox, sinceMs, keys: jobs })
    for (const [number, job] of jobs.entries()) if (!isSkipped(number)) await emit(outbox, job)
    // Delivered events are remembered like waiting ones.
    const [delivered] = await outbox.claim({ maxEvents: 1, leaseMs: 1000 })
    await outbox.settle([{ id: delivered?.id ?? '', status: 'stored', attempts: 1 }])

    const skipped = jobs.filter((_, number) => isSkipped(number))
    const first = await find()
    expect(first).toEqual({ compared: 60, neverEmitted: skipped })
    for (const job of first.neverEmitted) await emit(outbox, job)
    expect(await find()).toEqual({ compared: 60, neverEmitted: [] })
    await outbox.close()
  })

  test('recognises an event by its id, and leaves out events that may be about to be emitted', async () => {
    const outbox = (open[place] as () => Outbox)()
    outbox.attach({ onReady() {}, onDropped() {} })
    const [known, unknown] = [randomUUID(), randomUUID()]
    await emit(outbox, { eventType: 'scan.failed', tenantId: 'a', occurredAt: new Date() }, known)
    const keys = [
      { eventId: known.toUpperCase() },
      { eventId: unknown },
      { eventType: 'scan.failed', tenantId: 'b', occurredAt: new Date() },
    ]
    expect(await findNeverEmitted({ outbox, sinceMs: Date.now() - 60_000, keys })).toEqual({
      compared: 2,
      neverEmitted: [{ eventId: unknown }],
    })
    await outbox.close()
  })
})

test('the SQL for PostgreSQL names the same, in the database of the outbox', async () => {
  const outbox = createPostgresOutbox({ pool: database.pool, schema: 'beside' })
  outbox.attach({ onReady() {}, onDropped() {} })
  for (const [number, job] of jobs.entries()) if (!isSkipped(number)) await emit(outbox, job)
  await database.pool.query('CREATE TABLE jobs (tenant TEXT, completed_at TIMESTAMPTZ)')
  for (const { tenantId, occurredAt } of jobs) {
    await database.pool.query('INSERT INTO jobs VALUES ($1, $2)', [tenantId, occurredAt])
  }
  const keys = `SELECT 'scan.completed' AS event_type, tenant AS tenant_id, completed_at AS occurred_at FROM jobs`
  const { rows } = await database.pool.query(`${neverEmittedSql(keys, 'beside')} ORDER BY occurred_at`)
  expect(rows.map(({ occurred_at: occurredAt }) => occurredAt)).toEqual(
    jobs.filter((_, number) => isSkipped(number)).map(({ occurredAt }) => occurredAt),
  )
  await outbox.close()
})

test('an outbox in memory cannot know what was never emitted', async () => {
  await expect(
    findNeverEmitted({ outbox: createMemoryOutbox(), sinceMs: 0, keys: [] }),
  ).rejects.toMatchObject({
    code: 'not_comparable',
  })
})
