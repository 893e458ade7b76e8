import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestDatabase } from '@altcontext/test-database'
import type { NewOutboxEvent, Outbox } from '@altcontext/webhook-emitter'
import { createPostgresOutbox, openPostgresOutboxRecords } from '@altcontext/webhook-emitter/postgres'
import {
  createSqliteOutbox,
  type OutboxRecords,
  openSqliteOutboxRecords,
} from '@altcontext/webhook-emitter/sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

interface Opened {
  outbox: Outbox
  records: OutboxRecords
  close(): Promise<void>
}

const kinds: Record<string, () => Promise<Opened>> = {
  async SQLite() {
    const folder = mkdtempSync(join(tmpdir(), 'outbox-records-'))
    const path = join(folder, 'outbox.db')
    const outbox = createSqliteOutbox({ path })
    const records = openSqliteOutboxRecords({ path })
    return {
      outbox,
      records,
      async close() {
        await records.close()
        await outbox.close()
        rmSync(folder, { recursive: true })
      },
    }
  },
  async PostgreSQL() {
    const database = await createTestDatabase()
    const outbox = createPostgresOutbox({ pool: database.pool })
    return {
      outbox,
      records: openPostgresOutboxRecords({ pool: database.pool }),
      async close() {
        await outbox.close()
        await database.drop()
      },
    }
  },
}

const newEvent = (eventType: string, tenantId: string): NewOutboxEvent => ({
  id: randomUUID(),
  eventType,
  body: JSON.stringify({ eventType, tenantId, occurredAt: '2026-02-13T12:00:00.000Z', payload: {} }),
})

describe.each(Object.entries(kinds))('the records of an outbox in %s', (_, open) => {
  let opened: Opened
  const events = [
    newEvent('scan.completed', 'tenant-1'),
    newEvent('scan.failed', 'tenant-1'),
    newEvent('scan.completed', 'tenant-2'),
    newEvent('scan.failed', 'tenant-2'),
  ]
  const [refused, exhausted, delivered, waiting] = events.map(({ id }) => id) as [
    string,
    string,
    string,
    string,
  ]
  beforeAll(async () => {
    opened = await open()
    opened.outbox.attach({ onReady() {}, onDropped() {} })
    for (const event of events) await opened.outbox.accept(event)
    await opened.outbox.claim({ maxEvents: 10, leaseMs: 60_000 })
    await opened.outbox.settle([
      { id: refused, status: 'dead', attempts: 1, reason: 'refused', detail: 'HTTP 400' },
      { id: exhausted, status: 'dead', attempts: 13, reason: 'exhausted', detail: 'http_503' },
      { id: delivered, status: 'stored', attempts: 1 },
    ])
  })
  afterAll(() => opened.close())

  test.each([
    ['a type', { eventType: 'scan.completed' }, [delivered, refused]],
    ['a reason', { reason: 'exhausted' as const }, [exhausted]],
    ['a tenant, of what is not delivered', { tenantId: 'tenant-2' }, [waiting]],
    ['a tenant and a state', { tenantId: 'tenant-1', state: 'dead' as const }, [exhausted, refused]],
    ['a type and a reason that no event has', { eventType: 'scan.failed', reason: 'refused' as const }, []],
    ['a tenant that is a quotation mark', { tenantId: "'" }, []],
  ])('can be listed by %s', async (_, query, expected) => {
    expect((await opened.records.list(query)).map(({ id }) => id)).toEqual(expected)
  })

  test('are replayed as many at a time as was asked for, and the ledger balances', async () => {
    const replay = () => opened.records.replay({ deadSinceMs: 0, maxEvents: 1 })
    expect([await replay(), await replay(), await replay()]).toEqual([
      { replayed: 1, tooOld: 0 },
      { replayed: 1, tooOld: 0 },
      { replayed: 0, tooOld: 0 },
    ])
    expect(await opened.records.counts()).toMatchObject({ accepted: 4, delivered: 1, pending: 3, dead: 0 })
  })
})
