import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { NewOutboxEvent } from '@altcontext/webhook-emitter'
import { createPostgresOutbox } from '@altcontext/webhook-emitter/postgres'
import { createSqliteOutbox } from '@altcontext/webhook-emitter/sqlite'
import pg from 'pg'
import { readConfig, report } from '../../processes/process-channel.ts'
import { sampleEvents } from '../../setup/sample-events.ts'

/** Fifty producers, each of which waits until its event is durable before it emits the next. */
const {
  kind,
  databaseUrl,
  events: count,
} = readConfig<{ kind: string; databaseUrl: string; events: number }>()
const producers = 50
const folder = mkdtempSync(join(tmpdir(), 'bench-outbox-'))
const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 })
const events = sampleEvents({ count, kind: 'mixed' }).map(
  ({ id, eventType, ...envelope }): NewOutboxEvent => ({
    id,
    eventType,
    body: JSON.stringify({ eventType, ...envelope }),
  }),
)

const acceptAll = async (accept: (event: NewOutboxEvent) => unknown): Promise<number> => {
  let next = 0
  const startMs = performance.now()
  await Promise.all(
    Array.from({ length: producers }, async () => {
      for (let event = events[next++]; event !== undefined; event = events[next++]) await accept(event)
    }),
  )
  return performance.now() - startMs
}
const inGroups = async (insert: (group: readonly NewOutboxEvent[]) => unknown): Promise<number> => {
  const startMs = performance.now()
  for (let start = 0; start < events.length; start += producers) {
    await insert(events.slice(start, start + producers))
  }
  return performance.now() - startMs
}

const run = async (): Promise<number> => {
  if (kind === 'bare-sqlite') {
    const db = new DatabaseSync(join(folder, 'bare.db'))
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
    db.exec('CREATE TABLE events (id TEXT PRIMARY KEY, event_type TEXT NOT NULL, body TEXT NOT NULL) STRICT')
    const insert = db.prepare('INSERT INTO events VALUES (?, ?, ?)')
    return inGroups((group) => {
      db.exec('BEGIN')
      for (const { id, eventType, body } of group) insert.run(id, eventType, body)
      db.exec('COMMIT')
    })
  }
  if (kind === 'bare-postgres') {
    await pool.query(
      'CREATE TABLE events (id UUID PRIMARY KEY, event_type TEXT NOT NULL, body TEXT NOT NULL)',
    )
    return inGroups((group) =>
      pool.query('INSERT INTO events SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[])', [
        group.map(({ id }) => id),
        group.map(({ eventType }) => eventType),
        group.map(({ body }) => body),
      ]),
    )
  }
  const outbox =
    kind === 'sqlite'
      ? createSqliteOutbox({ path: join(folder, 'outbox.db') })
      : createPostgresOutbox({ pool })
  outbox.attach({ onReady() {}, onDropped() {} })
  // Tables first.
  await outbox.claim({ maxEvents: 1, leaseMs: 1000 })
  const elapsedMs = await acceptAll((event) => outbox.accept(event))
  await outbox.close()
  return elapsedMs
}

const elapsedMs = await run()
await pool.end()
rmSync(folder, { recursive: true })
report({ 'events/s': (events.length / elapsedMs) * 1000 })
