import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestDatabase } from '@altcontext/test-database'
import { createIdSum, firstIdOf, type IdSum, idBucketOf } from '@altcontext/webhook-contract'
import type { Outbox } from '@altcontext/webhook-emitter'
import { createPostgresOutbox, openPostgresOutboxRecords } from '@altcontext/webhook-emitter/postgres'
import {
  createSqliteOutbox,
  type OutboxRecords,
  openSqliteOutboxRecords,
} from '@altcontext/webhook-emitter/sqlite'
import { expect, test, vi } from 'vitest'

const places: [
  name: string,
  open: () => Promise<{ outbox: Outbox; records: OutboxRecords; close(): Promise<void> }>,
][] = [
  [
    'SQLite',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'sealed-'))
      const path = join(folder, 'outbox.db')
      const outbox = createSqliteOutbox({ path })
      return {
        outbox,
        records: openSqliteOutboxRecords({ path }),
        close: async () => rmSync(folder, { recursive: true }),
      }
    },
  ],
  [
    'PostgreSQL',
    async () => {
      const database = await createTestDatabase()
      const { pool } = database
      return {
        outbox: createPostgresOutbox({ pool }),
        records: openPostgresOutboxRecords({ pool }),
        close: database.drop,
      }
    },
  ],
]

test.each(places)(
  '%s keeps the sums of delivered events that are pruned, by the buckets of their ids, and adds to them',
  async (_, open) => {
    const { outbox, records, close } = await open()
    outbox.attach({ onReady() {}, onDropped() {} })
    const hourMs = Date.UTC(2026, 1, 13, 12)
    const expected = new Map<string, IdSum>()
    for (let round = 0; round < 2; round += 1) {
      const ids = [
        ...Array.from(
          { length: 5 },
          (_, at) => `${firstIdOf(hourMs + at).slice(0, 14)}7${randomUUID().slice(15)}`,
        ),
        randomUUID(),
        `ffffffff-ffff-4fff-bfff-fffffffffff${round}`,
      ]
      for (const id of ids) {
        await outbox.accept({ id, eventType: 'scan.completed', body: '{}' })
        const { from } = idBucketOf(id)
        expected.set(from, expected.get(from) ?? createIdSum())
        expected.get(from)?.add(id)
      }
      const dead = randomUUID()
      await outbox.accept({ id: dead, eventType: 'scan.completed', body: '{}' })
      await outbox.claim({ maxEvents: 100, leaseMs: 1000 })
      await outbox.settle([
        ...ids.map((id) => ({ id, status: 'stored' as const, attempts: 1 })),
        { id: dead, status: 'dead', attempts: 1, reason: 'refused', detail: 'HTTP 400' },
      ])
      let deleted = 0
      // The outbox's clock may be some milliseconds ahead of this process's.
      await vi.waitFor(async () => {
        deleted += (await records.prune({ olderThanMs: 0, states: ['delivered', 'dead'] })).deleted
        expect(deleted).toBe(8)
      })
    }
    const sealed = await records.completeness.sealedBuckets()
    expect(sealed.toSorted((one, other) => (one.bucket < other.bucket ? -1 : 1))).toEqual(
      [...expected]
        .map(([bucket, { count, total }]) => ({ bucket, count, total }))
        .sort((one, other) => (one.bucket < other.bucket ? -1 : 1)),
    )
    await outbox.close()
    await records.close()
    await close()
  },
)
