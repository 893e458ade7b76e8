import { DatabaseSync } from 'node:sqlite'
import { outboxFailed } from '../../emitter-error.ts'
import { keepPrivate, makePrivateFile } from './private-file.ts'
import { sqliteFailure } from './sqlite-failure.ts'

/** The file of an outbox, opened with the settings that its guarantees need, and with its tables in place. */
export interface SqliteDatabase {
  readonly db: DatabaseSync
  /** One transaction, on the disk when it returns (`durable`) or with the next one that is. */
  write<Result>(durability: 'durable' | 'lazy', run: () => Result): Result
  /** Moves what was written into the file, and empties the log: what was erased from a row is still in it until then. */
  checkpoint(): void
}

/** Other processes read or write only for moments; this is how long to wait for them. */
const busyTimeoutMs = 5000
/** "AltC": distinguishes our files from others. */
const applicationId = 0x416c7443

export interface OpenSqliteDatabaseOptions {
  maxFileBytes?: number | undefined
  /**
   * Whether this connection moves the log into the file as it grows. Only the one that delivers does: if two do so at
   * the same moment, SQLite before 3.51.3 may confuse them and corrupt the file.
   */
  isDelivering?: boolean | undefined
}

/** @throws {EmitterError} `outbox_failed` */
export const openSqliteDatabase = (
  path: string,
  { maxFileBytes, isDelivering = false }: OpenSqliteDatabaseOptions = {},
): SqliteDatabase => {
  try {
    // It holds private fields until they are delivered, and SQLite copies the rights of the file to its log.
    makePrivateFile(path)
    for (const suffix of ['-wal', '-shm']) keepPrivate(`${path}${suffix}`)
    const db = new DatabaseSync(path, { timeout: busyTimeoutMs })
    refuseOldSqlite(db)
    const { application_id: owner } = db.prepare('PRAGMA application_id').get() as { application_id: number }
    const { tables } = db.prepare('SELECT count(*) AS tables FROM sqlite_schema').get() as { tables: number }
    if (owner !== applicationId && tables > 0) {
      db.close()
      throw outboxFailed(
        `Failed to open the SQLite outbox: ${path} is another program's database. Choose another path.`,
      )
    }
    // secure_delete: what is erased is overwritten, not just unlinked.
    db.exec(
      `PRAGMA journal_mode = WAL; PRAGMA secure_delete = ON; PRAGMA wal_autocheckpoint = ${isDelivering ? 2000 : 0}`,
    )
    if (maxFileBytes !== undefined) {
      const { page_size: pageSize } = db.prepare('PRAGMA page_size').get() as { page_size: number }
      db.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(maxFileBytes / pageSize))}`)
    }
    const database: SqliteDatabase = { db, write: createWrite(db), checkpoint: createCheckpoint(db) }
    migrate(database)
    return database
  } catch (error) {
    throw sqliteFailure('open the SQLite outbox', path, error)
  }
}

/**
 * The oldest SQLite that these outboxes are tested with, including kills and full disks: that of Node 24.0. A Node that was
 * built against its system's SQLite may have an older one.
 */
const oldestSqlite = [3, 49, 1] as const

const refuseOldSqlite = (db: DatabaseSync): void => {
  const { version } = db.prepare('SELECT sqlite_version() AS version').get() as { version: string }
  const parts = version.split('.').map(Number)
  const different = oldestSqlite.findIndex((part, index) => part !== parts[index])
  if (different === -1 || (parts[different] ?? 0) > (oldestSqlite[different] ?? 0)) return
  db.close()
  throw outboxFailed(
    `Failed to open the SQLite outbox: this Node has SQLite ${version}, which is not known to be safe. Use a Node with SQLite ${oldestSqlite.join('.')} or newer, such as those of nodejs.org.`,
  )
}

const createWrite = (db: DatabaseSync): SqliteDatabase['write'] => {
  let level = ''
  return (durability, run) => {
    // A lost claim or settlement is one more attempt, a lost acceptance is a lost event: only that one pays for fsync.
    const wanted = durability === 'durable' ? 'FULL' : 'NORMAL'
    if (level !== wanted) db.exec(`PRAGMA synchronous = ${wanted}`)
    level = wanted
    db.exec('BEGIN IMMEDIATE')
    try {
      const result = run()
      db.exec('COMMIT')
      return result
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK')
      throw error
    }
  }
}

const createCheckpoint = (db: DatabaseSync): SqliteDatabase['checkpoint'] => {
  const totalChanges = db.prepare('SELECT total_changes() AS changes')
  let checkpointed = -1
  return () => {
    const { changes } = totalChanges.get() as { changes: number }
    if (changes === checkpointed) return
    const { busy } = db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() as { busy: number }
    if (busy === 0) checkpointed = changes
  }
}

const migrate = ({ db, write }: SqliteDatabase): void => {
  const version = (): number =>
    (db.prepare('PRAGMA user_version').get() as { user_version: number }).user_version
  if (version() >= migrations.length) return
  write('durable', () => {
    for (const sql of migrations.slice(version())) db.exec(sql)
    db.exec(`PRAGMA user_version = ${migrations.length}; PRAGMA application_id = ${applicationId}`)
  })
}

/** Times are milliseconds since 1970. `due_at` is 0 if the event can be claimed now, else when its lease or wait ends. */
const migrations = [
  `CREATE TABLE events (
     seq         INTEGER PRIMARY KEY,
     id          TEXT    NOT NULL UNIQUE,
     event_type  TEXT    NOT NULL,
     body        TEXT,
     traceparent TEXT,
     state       TEXT    NOT NULL DEFAULT 'pending',
     reason      TEXT,
     attempts    INTEGER NOT NULL DEFAULT 0,
     is_claimed  INTEGER NOT NULL DEFAULT 0,
     due_at      INTEGER NOT NULL DEFAULT 0,
     accepted_at INTEGER NOT NULL,
     changed_at  INTEGER NOT NULL,
     is_erased   INTEGER NOT NULL DEFAULT 0,
     history     TEXT    NOT NULL DEFAULT '[]'
   ) STRICT;
   CREATE INDEX events_pending ON events (due_at, seq) WHERE state = 'pending';
   CREATE INDEX events_settled ON events (changed_at) WHERE state <> 'pending';
   CREATE TABLE ledger (counter TEXT PRIMARY KEY, events INTEGER NOT NULL) STRICT, WITHOUT ROWID;`,
  // The last moment that the outbox has seen; 0 before there is one.
  `CREATE TABLE clock (mark INTEGER NOT NULL) STRICT;
   INSERT INTO clock SELECT coalesce(max(changed_at), 0) FROM events;`,
  // Whether a second clock has ever agreed with it.
  'ALTER TABLE clock ADD COLUMN is_confirmed INTEGER NOT NULL DEFAULT 0;',
  // The id of this outbox, a UUID version 4, sent with its events; events that were sent before, without it, cannot be
  // compared. And the sums of delivered events that are pruned: `total` is the sum of their hashes, in hexadecimal.
  `CREATE TABLE producer (id TEXT NOT NULL) STRICT;
   INSERT INTO producer SELECT substr(h, 1, 8) || '-' || substr(h, 9, 4) || '-4' || substr(h, 14, 3) || '-'
       || substr('89ab', 1 + abs(random() % 4), 1) || substr(h, 18, 3) || '-' || substr(h, 21, 12)
     FROM (SELECT lower(hex(randomblob(16))) AS h);
   ALTER TABLE events ADD COLUMN is_compared INTEGER NOT NULL DEFAULT 0;
   CREATE TABLE sealed (bucket TEXT PRIMARY KEY, events INTEGER NOT NULL, total TEXT NOT NULL) STRICT, WITHOUT ROWID;`,
  // When the last comparison with the receiver began.
  `ALTER TABLE producer ADD COLUMN compared_at INTEGER NOT NULL DEFAULT 0;
   UPDATE producer SET compared_at = CAST(unixepoch('subsec') * 1000 AS INTEGER);`,
]
