import type { AnyContract } from '@altcontext/webhook-contract'
import {
  clock,
  contractOption,
  resolveOptions,
  schemaNameOption,
  wholeNumber,
} from '@altcontext/webhook-contract/options'
import { z } from 'zod'
import type { Database } from '../database/database.ts'
import { databaseOption } from '../database/database-option.ts'
import { StoreError, type StoreErrorCode } from '../store-error.ts'
import { type EventToStore, insertEvents, type WriteResult } from './insert-events.ts'

export interface EventWriterOptions {
  database: Database
  /** @default descriptionServiceContract */
  contract?: AnyContract | undefined
  /** The schema that holds the tables. @default the connection's search path */
  schema?: string | undefined
  /** Events in one statement. @default 500 */
  maxBatchRows?: number | undefined
  /** Events that may wait for a commit before new ones are refused with `queue_full`. @default 10_000 */
  maxQueuedEvents?: number | undefined
  /**
   * How long a commit may go without a response from the database. After that its connection is destroyed, its events are refused
   * with `database_unavailable`, and the next commit takes another connection. @default 8_000
   */
  commitTimeoutMs?: number | undefined
  /** @default Date.now */
  now?: (() => number) | undefined
}

/** Collects events from concurrent requests and commits them together. */
export interface EventWriter {
  /**
   * Resolves after the commit that holds the event.
   *
   * @throws {StoreError} `database_unavailable`, `database_error`, `queue_full`, `writer_closed`.
   */
  write(event: EventToStore): Promise<WriteResult>
  /** {@link EventWriter.write} for several events, which may end up in several commits. */
  writeAll(events: readonly EventToStore[]): Promise<WriteResult[]>
  /** Refuses new events and resolves when the waiting ones are committed or have failed. */
  close(): Promise<void>
}

/**
 * Group commit: while one statement is on its way, the events of other requests gather and travel with the
 * next, so that a burst pays for one commit instead of hundreds and an idle server responds at once.
 *
 * @throws {StoreError} `invalid_options`, naming every problem at once
 */
export const createEventWriter = (options: EventWriterOptions): EventWriter => {
  const { database, contract, schema, maxBatchRows, maxQueuedEvents, commitTimeoutMs, now } = resolveOptions(
    eventWriterSchema,
    options,
    {
      toError: (problems) =>
        new StoreError(
          'invalid_options',
          `Failed to create an event writer: ${problems}. Correct the options.`,
        ),
    },
  )
  let queue: Waiting[] = []
  let closed = false
  let running: Promise<void> | undefined

  const commitQueued = async (): Promise<void> => {
    // Requests that arrived in the same turn of the event loop travel together.
    await new Promise(setImmediate)
    while (queue.length > 0) {
      const group = queue.slice(0, maxBatchRows)
      queue = queue.slice(maxBatchRows)
      const respond = await commitGroup(group)
      // The next statement goes out first: PostgreSQL works on it while these responses are written.
      if (queue.length > 0) setImmediate(respond)
      else respond()
    }
    running = undefined
  }

  /** Returns a function that tells everyone in the group how it ended. */
  const commitGroup = async (group: readonly Waiting[]): Promise<() => void> => {
    try {
      const results = await insertEvents(
        database,
        group.map(({ event }) => event),
        { contract, schema, nowMs: now(), timeoutMs: commitTimeoutMs },
      )
      return () => {
        group.forEach(({ resolve }, position) => {
          resolve(results[position] as WriteResult)
        })
      }
    } catch (error) {
      return () => {
        for (const { reject } of group) reject(error)
      }
    }
  }

  const write = (event: EventToStore): Promise<WriteResult> => {
    if (closed) return refuse('writer_closed', 'the writer is closed')
    if (queue.length >= maxQueuedEvents) {
      return refuse('queue_full', `${maxQueuedEvents} events are already waiting for the database`)
    }
    return new Promise((resolve, reject) => {
      queue.push({ event, resolve, reject })
      running ??= commitQueued()
    })
  }

  return {
    write,
    writeAll: (events) => Promise.all(events.map(write)),
    close: async () => {
      closed = true
      await running
    },
  }
}

const refuse = (code: StoreErrorCode, why: string): Promise<never> =>
  Promise.reject(new StoreError(code, `Failed to write an event: ${why}. Send it again later.`))

interface Waiting {
  event: EventToStore
  resolve(result: WriteResult): void
  reject(error: unknown): void
}

const eventWriterSchema = z.strictObject({
  database: databaseOption(),
  contract: contractOption(),
  schema: z.optional(schemaNameOption()),
  maxBatchRows: z._default(wholeNumber(1), 500),
  maxQueuedEvents: z._default(wholeNumber(1), 10_000),
  commitTimeoutMs: z._default(wholeNumber(1), 8000),
  now: clock(),
} satisfies Record<keyof EventWriterOptions, z.core.$ZodType>)
