import type { BeforeTransaction, Database, LeadScope } from './database.ts'
import { sqlStateOf } from './database-fault.ts'
import { noResponse } from './pg-connections.ts'
import { idleInTransactionMs, queryCanceled, tooSlow } from './report-settings.ts'
import { sendBefore } from './send-before.ts'
import { within } from './within.ts'

interface PrismaQueryable {
  $queryRawUnsafe<Rows>(text: string, ...values: unknown[]): Promise<Rows>
}

/** What is used of a `PrismaClient`. */
export interface PrismaRawClient extends PrismaQueryable {
  $transaction<T>(
    run: (tx: PrismaQueryable) => Promise<T>,
    options?: { maxWait?: number; timeout?: number },
  ): Promise<T>
}

export interface FromPrismaOptions {
  /** Runs first in every transaction, reads included: for a host whose row-level security needs a context. */
  beforeTransaction?: BeforeTransaction | undefined
  /**
   * How long a transaction may take, in milliseconds; commits and jobs that are known to take long have limits of their
   * own. The connections belong to Prisma: a silent one is abandoned, but cannot be closed from here. @default 120_000
   */
  timeoutMs?: number | undefined
}

/** The Database port on a Prisma client of any version that has `$queryRawUnsafe` and interactive transactions. */
export const fromPrisma = (client: PrismaRawClient, options: FromPrismaOptions = {}): Database =>
  onClient(client, options, undefined)

const onClient = (
  client: PrismaRawClient,
  options: FromPrismaOptions,
  leadScope: LeadScope | undefined,
): Database => {
  const { beforeTransaction, timeoutMs: defaultTimeoutMs = 120_000 } = options
  const transaction: Database['transaction'] = (run, options = {}) =>
    options.isReport ? report(run, options) : transactionOf(run, options)
  const report: Database['transaction'] = async (run, { timeoutMs = defaultTimeoutMs, signal } = {}) => {
    signal?.throwIfAborted()
    try {
      return await transactionOf(run, { timeoutMs, isReport: true })
    } catch (error) {
      throw sqlStateOf(error) === queryCanceled ? tooSlow(timeoutMs, error) : error
    }
  }
  const transactionOf: Database['transaction'] = (
    run,
    { timeoutMs = defaultTimeoutMs, isReport = false } = {},
  ) =>
    respondedWithin(
      client.$transaction(
        async (queryable) => {
          const tx = joined(queryable, leadScope, isReport ? reportBounds(timeoutMs) : idleBound(timeoutMs))
          await sendBefore(beforeTransaction, tx, leadScope)
          return run(tx)
        },
        { maxWait: timeoutMs, timeout: timeoutMs },
      ),
      // As long as the connection responds, Prisma's own limit comes first.
      timeoutMs + 1000,
    )
  return {
    query:
      beforeTransaction === undefined
        ? (text, params = [], queryOptions) =>
            respondedWithin(
              client.$queryRawUnsafe(text, ...params),
              queryOptions?.timeoutMs ?? defaultTimeoutMs,
            )
        : (text, params) => transaction((tx) => tx.query(text, params)),
    transaction,
    leadScope,
    withLeadScope: (scope) => onClient(client, options, scope),
    withoutContext:
      beforeTransaction && onClient(client, { ...options, beforeTransaction: undefined }, leadScope),
  }
}

/** As the pg adapter does with `BEGIN`: what a process leaves unfinished that is stopped, or whose machine is gone, keeps no lock. */
const idleBound = (timeoutMs: number): string =>
  `SELECT set_config('idle_in_transaction_session_timeout', '${idleInTransactionMs(timeoutMs)}', true)`

/** As `reportSettings` of the pg adapter does, in one query: Prisma prepares what it sends, and prepares one statement at a time. */
const reportBounds = (timeoutMs: number): string =>
  `${idleBound(timeoutMs)}, set_config('statement_timeout', '${Math.ceil(timeoutMs)}', true), set_config('max_parallel_workers_per_gather', '0', true), set_config('jit', 'off', true)`

const joined = (client: PrismaQueryable, leadScope: LeadScope | undefined, bounds: string): Database => {
  let isBound = false
  const database: Database = {
    query: async <Row>(text: string, params: readonly unknown[] = [], { isOnly = false } = {}) => {
      if (!isBound && !isOnly) {
        isBound = true
        await client.$queryRawUnsafe(bounds)
      }
      return client.$queryRawUnsafe<Row[]>(text, ...params).catch((error: unknown) => {
        if (isNothing(error)) return []
        throw error
      })
    },
    transaction: (run) => run(database),
    leadScope,
  }
  return database
}

/**
 * Whether the statement succeeded and returned nothing to read: Prisma cannot read the `void` of a function such as the one
 * that sets a host's context.
 */
const isNothing = (error: unknown): boolean => {
  const { meta } = (error ?? {}) as {
    meta?: { driverAdapterError?: { cause?: { kind?: string; type?: string } } }
  }
  const { kind, type } = meta?.driverAdapterError?.cause ?? {}
  return kind === 'UnsupportedNativeDataType' && type === 'void'
}

const respondedWithin = <T>(work: Promise<T>, timeoutMs: number): Promise<T> =>
  within(work, timeoutMs, () => noResponse(timeoutMs))
