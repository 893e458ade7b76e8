import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createTestDatabase } from '@altcontext/test-database'
import { createIdSum, firstIdOf, type IdSum, idBucketOf } from '@altcontext/webhook-contract'
import type { Outbox } from '@altcontext/webhook-emitter'
import { createPostgresOutbox, openPostgresOutboxRecords } from '@altcontext/webhook-emitter/postgres'
import {
  createSqliteOutbox,
  type OutboxRecords,
  openSqliteOutboxRecords,
} from '@altcontext/webhook-emitter/sqlite'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'

interface Place {
  outbox: Outbox
  records: OutboxRecords
  /** As if an emitter from before this column had sent it. */
  deliverAsBefore(id: string): Promise<void>
  close(): Promise<void>
}

const places: { name: string; open: () => Promise<Place> }[] = [
  {
    name: 'SQLite',
    open: async () => {
      const folder = mkdtempSync(join(tmpdir(), 'sealed-'))
      const path = join(folder, 'outbox.db')
      const outbox = createSqliteOutbox({ path })
      const db = new DatabaseSync(path)
      return {
        outbox,
        records: openSqliteOutboxRecords({ path }),
        deliverAsBefore: async (id) => {
          db.prepare(`UPDATE events SET state = 'delivered', attempts = 1, body = NULL WHERE id = ?`).run(id)
        },
        close: async () => {
          db.close()
          rmSync(folder, { recursive: true })
        },
      }
    },
  },
  {
    name: 'PostgreSQL',
    open: async () => {
      const database = await createTestDatabase()
      const { pool } = database
      return {
        outbox: createPostgresOutbox({ pool }),
        records: openPostgresOutboxRecords({ pool }),
        deliverAsBefore: async (id) => {
          await pool.query(
            `UPDATE webhook_outbox SET state = 'delivered', attempts = 1, body = NULL WHERE id = $1`,
            [id],
          )
        },
        close: database.drop,
      }
    },
  },
]

describe.each(places)('an outbox in $name', ({ open }) => {
  let place: Place
  let outbox: Outbox
  let records: OutboxRecords
  beforeAll(async () => {
    place = await open()
    ;({ outbox, records } = place)
    outbox.attach({ onReady() {}, onDropped() {} })
  })
  afterAll(async () => {
    await outbox.close()
    await records.close()
    await place.close()
  })

  test('keeps the sums of pruned delivered events by the buckets of their ids, and adds to them', async () => {
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
      }, 60_000)
    }
    const sealed = await records.completeness.sealedBuckets()
    expect(sealed.toSorted((one, other) => (one.bucket < other.bucket ? -1 : 1))).toEqual(
      [...expected]
        .map(([bucket, { count, total }]) => ({ bucket, count, total }))
        .sort((one, other) => (one.bucket < other.bucket ? -1 : 1)),
    )
  })

  test('compares only stored events and duplicates that it may have sent before', async () => {
    const [stored, atOnce, later, interrupted, before, dead] = Array.from({ length: 6 }, randomUUID) as [
      string,
      string,
      string,
      string,
      string,
      string,
    ]
    const accept = (id: string) => outbox.accept({ id, eventType: 'scan.completed', body: '{}' })
    await accept(interrupted)
    expect(await outbox.claim({ maxEvents: 1, leaseMs: 1 })).toHaveLength(1)
    for (const id of [stored, atOnce, later, before, dead]) await accept(id)
    const claimed: string[] = []
    await vi.waitFor(async () => {
      claimed.push(...(await outbox.claim({ maxEvents: 100, leaseMs: 60_000 })).map(({ id }) => id))
      expect(claimed).toHaveLength(6)
    }, 60_000)
    await place.deliverAsBefore(before)
    await outbox.settle([{ id: stored, status: 'stored', attempts: 1 }])
    await outbox.settle([
      { id: atOnce, status: 'duplicate', attempts: 1 },
      { id: interrupted, status: 'duplicate', attempts: 1 },
    ])
    await outbox.settle([
      { id: later, status: 'duplicate', attempts: 2 },
      { id: dead, status: 'dead', attempts: 1, reason: 'refused', detail: 'HTTP 400' },
    ])
    const all = { from: '', to: null }
    const { completeness } = records
    expect(await completeness.deliveredIds(all, 100)).toEqual([stored, later, interrupted].sort())
    expect((await completeness.otherIds(all)).sort()).toEqual([atOnce, before, dead].sort())
  })
})
