import { randomInt, randomUUID } from 'node:crypto'
import { EmitterError } from '../../emitter-error.ts'
import { createGroupCommit } from '../durable/create-group-commit.ts'
import {
  type DurableOutboxOptions,
  expiryIntervalMs,
  invalidOutboxOptions,
  type ResolvedDurableOutboxOptions,
  resolveDurableOutboxOptions,
  resolvePollInterval,
} from '../durable/durable-outbox-options.ts'
import type { Acceptance, NewOutboxEvent, Outbox, OutboxListener } from '../outbox.ts'
import { createPostgresEvents } from './events.ts'
import { createPostgresLedger } from './ledger.ts'
import { createPostgresListener } from './listener.ts'
import { migratePostgresOutbox, postgresOutboxNames } from './migrations.ts'
import type { PostgresPool } from './pool.ts'

export interface PostgresOutboxOptions extends DurableOutboxOptions {
  /** A `pg.Pool` of the product's database, with room for at least two connections. The caller ends it. */
  pool: PostgresPool
  /** Where tables and functions are. Made when missing. @default 'public' */
  schema?: string | undefined
  /** How often to look for events when no `NOTIFY` comes through (a pooler in between drops them). @default 1_000 */
  pollIntervalMs?: number | undefined
}

/**
 * An outbox in the product's own PostgreSQL. The product inserts events in its transactions with
 * `SELECT webhook_outbox_emit(...)`, in any language; any number of processes deliver them. A process that dies gives its
 * events back when their lease ends.
 *
 * `maxEvents` limits what this process accepts; it never makes a product's transaction fail.
 *
 * @throws {EmitterError} `invalid_options`
 */
export const createPostgresOutbox = (input: PostgresOutboxOptions): Outbox => {
  const options = resolvePostgresOutboxOptions(input)
  const { pool, schema } = options
  const names = postgresOutboxNames(schema)
  const ledger = createPostgresLedger(pool, names)
  const events = createPostgresEvents(
    pool,
    names,
    { id: randomUUID(), slot: randomInt(16) },
    options.maxAgeMs,
  )
  const running = new Set<Promise<unknown>>()
  let listener: OutboxListener | undefined
  let migrated: Promise<void> | undefined
  let isClosed = false

  /** Every use of the database: after the tables are there, and with an error that holds no row. */
  const use = <Result>(what: string, run: () => Promise<Result>): Promise<Result> => {
    const operation = (async () => {
      try {
        migrated ??= migratePostgresOutbox({ pool, schema })
        await migrated.catch((error) => {
          migrated = undefined
          throw error
        })
        return await run()
      } catch (error) {
        throw postgresFailure(what, error)
      }
    })()
    running.add(operation)
    const forget = (): void => void running.delete(operation)
    operation.then(forget, forget)
    return operation
  }
  const wake = (): void => {
    if (!isClosed) listener?.onReady()
  }

  const acceptGroup = (group: readonly NewOutboxEvent[]): Promise<Acceptance[]> =>
    use('write to', async () => {
      // One statement cannot write one row twice.
      const unique = [...new Map(group.map((event) => [event.id, event])).values()]
      const room = Math.max(0, options.maxEvents - ledger.counts().pending)
      const taken = new Set(unique.slice(0, room).map(({ id }) => id))
      const refused = unique.length - taken.size
      const acceptances = await ledger.change(async () => {
        const { acceptances: result, changes } = await events.insert(unique.slice(0, room))
        return { result, changes }
      })
      if (refused > 0) await refuse(refused)
      wake()
      return group.map(({ id }) =>
        taken.has(id)
          ? (acceptances.get(id) ?? { status: 'accepted' })
          : { status: 'dropped', reason: 'queue_full' },
      )
    })
  const refuse = (refused: number): Promise<void> =>
    ledger.change(async () => {
      await events.noteRefused(refused)
      return { result: undefined, changes: { accepted: refused, 'dropped:queue_full': refused } }
    })
  const accepting = createGroupCommit(acceptGroup, 500)

  const timers = new Set<NodeJS.Timeout>()
  /** For what this process knows will be due; what others hold is found by polling. */
  const wakeAfter = (delayMs: number): void => {
    if (delayMs > maxTimerMs || isClosed) return
    const timer = setTimeout(() => {
      timers.delete(timer)
      wake()
    }, delayMs).unref()
    timers.add(timer)
  }

  const dropExpired = async (): Promise<number> => {
    const expired = await ledger.change(async () => {
      const result = await events.dropExpired()
      return { result, changes: { 'dropped:expired': result.length } }
    })
    for (const event of expired) listener?.onDropped(event, 'expired')
    return expired.length
  }
  let nextExpiryMs = 0

  const tidy = async (): Promise<void> => {
    if (performance.now() >= nextExpiryMs) {
      while ((await dropExpired()) > 0);
      nextExpiryMs = performance.now() + expiryIntervalMs(options.maxAgeMs)
    }
    await events.erasePrivateFieldsOfDead(options.deadPrivateFieldsMs, options.contract)
    await events.prune(options.logRetentionMs, options.deadRetentionMs)
  }
  const tidySafely = (): void => {
    // The database is away; there is a next time.
    if (!isClosed) use('tidy', tidy).catch(() => {})
  }

  const polling = setInterval(wake, options.pollIntervalMs).unref()
  const tidying = setInterval(tidySafely, tidyMs).unref()
  const notifications = createPostgresListener(pool, names.channel, wake)

  return {
    isDurable: true,

    attach(newListener) {
      listener = newListener
      tidySafely()
    },

    accept(event) {
      if (isClosed) {
        throw new EmitterError(
          'closed',
          'Failed to accept an event: the outbox is closed. Emit before closing it.',
        )
      }
      return accepting.add(event)
    },

    claim: ({ maxEvents, leaseMs }) =>
      use('claim from', async () => {
        await ledger.refresh()
        return events.claim(maxEvents, leaseMs)
      }),

    renew: (ids, leaseMs) => use('renew a claim of', () => events.renew(ids, leaseMs)),

    async settle(settlements) {
      await use('settle events of', () =>
        ledger.change(async () => ({ result: undefined, changes: await events.settle(settlements) })),
      )
      const delays = settlements.flatMap((settlement) =>
        settlement.status === 'retry' ? [settlement.delayMs] : [],
      )
      if (delays.length > 0) wakeAfter(Math.max(1, Math.min(...delays)))
    },

    counts: () => ledger.counts(),

    async close() {
      if (isClosed) return
      await accepting.idle()
      isClosed = true
      clearInterval(polling)
      clearInterval(tidying)
      for (const timer of timers) clearTimeout(timer)
      await Promise.allSettled(running)
      await notifications.close()
    },
  }
}

const tidyMs = 60_000
/** `setTimeout` takes no more than 31 bits; polling finds what is due later. */
const maxTimerMs = 2_000_000_000

/** A driver's message may hold the row, which is the payload: only codes are repeated. */
export const postgresFailure = (what: string, cause: unknown): EmitterError => {
  if (cause instanceof EmitterError) return cause
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  const detail = typeof code === 'string' && /^\w{2,40}$/.test(code) ? code : 'no connection'
  return new EmitterError(
    'outbox_failed',
    `Failed to ${what} the PostgreSQL outbox: ${detail}. Check the database; nothing that was accepted is lost.`,
    [],
    { cause },
  )
}

interface ResolvedPostgresOutboxOptions extends ResolvedDurableOutboxOptions {
  pool: PostgresPool
  schema: string
  pollIntervalMs: number
}

const resolvePostgresOutboxOptions = (options: PostgresOutboxOptions): ResolvedPostgresOutboxOptions => {
  const { pool, schema = 'public' } = options
  const problems: string[] = []
  const resolved = resolveDurableOutboxOptions(options, problems)
  const pollIntervalMs = resolvePollInterval(options.pollIntervalMs, problems)
  if (typeof pool?.query !== 'function' || typeof pool?.connect !== 'function')
    problems.push('pool is no pg pool')
  else if ((pool.options?.max ?? 2) < 2) problems.push('pool has room for 1 connection, expected at least 2')
  if (typeof schema !== 'string' || !/^[^\0]{1,48}$/.test(schema)) {
    problems.push('schema is no name of 1 to 48 characters')
  }
  if (problems.length > 0) throw invalidOutboxOptions('PostgreSQL', problems)
  return { ...resolved, pool, schema, pollIntervalMs }
}
