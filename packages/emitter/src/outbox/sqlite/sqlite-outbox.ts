import { oneOf, text, wholeNumber } from '@altcontext/webhook-contract/options'
import * as z from 'zod/mini'
import { createDurableOutbox } from '../durable/create-durable-outbox.ts'
import {
  type DurableOutboxOptions,
  durableOutboxShape,
  resolveOutboxOptions,
} from '../durable/durable-outbox-options.ts'
import type { Outbox } from '../outbox.ts'
import { openSqliteStorage } from './storage.ts'

export interface SqliteOutboxOptions extends DurableOutboxOptions {
  /** The file. It and its folder are created if missing, readable only by this user; `-wal`, `-shm` and `.lock` are beside it. */
  path: string
  /**
   * What happens to an event that finds `maxEvents` waiting. `drop-newest` refuses it, while the caller still has it;
   * `drop-oldest` drops the one that has waited longest and is not being sent. Both are counted and passed to `onDead`.
   * @default 'drop-newest'
   */
  overflow?: 'drop-newest' | 'drop-oldest' | undefined
  /** The largest the file may grow; an `emit` that needs more is dropped as `outbox_failed`. @default what the disk holds */
  maxFileBytes?: number | undefined
  /** How often to look whether a command line has replayed something. @default 1_000 */
  pollIntervalMs?: number | undefined
}

/**
 * An outbox in one SQLite file (`node:sqlite`). Accepting resolves after an fsync, shared by everything that is
 * accepted in the same turn of the event loop, so accepted events survive `kill -9` and a power cut. One process
 * at a time delivers from a file.
 *
 * @throws {EmitterError} `invalid_options`, `outbox_in_use`, `outbox_failed`
 */
export const createSqliteOutbox = (input: SqliteOutboxOptions): Outbox => {
  const options = resolveOutboxOptions(sqliteOptionsSchema, input, 'open the SQLite outbox')
  const { storage, counts } = openSqliteStorage(options)
  return createDurableOutbox(storage, { ...options, counts })
}

const sqliteOptionsSchema = z.strictObject({
  ...durableOutboxShape,
  path: text().check(
    z.refine((path) => path !== ':memory:' && !path.startsWith('file:'), 'is not the path of a file'),
  ),
  overflow: z._default(oneOf(['drop-newest', 'drop-oldest']), 'drop-newest'),
  maxFileBytes: z.optional(wholeNumber(65_536)),
} satisfies Record<keyof SqliteOutboxOptions, z.core.$ZodType>)
