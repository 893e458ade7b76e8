import { StoreError } from '../store-error.ts'

/** PostgreSQL's code for a statement that it ended: `statement_timeout`, or somebody cancelled it. */
export const queryCanceled = '57014'

/**
 * After how long PostgreSQL ends a transaction whose next statement does not come. It cannot see that a connection went silent: without
 * this it would keep the transaction's locks, the rollup's among them, until TCP gives up after hours. Our transactions never pause
 * between two statements.
 */
export const idleInTransactionMs = (timeoutMs: number): number => Math.ceil(Math.min(timeoutMs, 60_000))

/**
 * Statements that limit a report for the rest of its transaction. Not parameters of the connection: a proxy such as PgBouncer
 * refuses those, and would lend the connection to a commit afterwards.
 */
export const reportSettings = (timeoutMs: number): string =>
  [
    `SET LOCAL statement_timeout = ${Math.ceil(timeoutMs)}`,
    // One processor for each report: with parallel workers two reports are six processes, and commits wait behind them.
    'SET LOCAL max_parallel_workers_per_gather = 0',
    // Reports read from memory or from an SSD: PostgreSQL's default avoids indexes because it assumes a spinning disk.
    'SET LOCAL random_page_cost = 1.1',
    // Compiling a query that runs once takes longer than it saves.
    'SET LOCAL jit = off',
    // A client that leaves closes the connection. PostgreSQL checks that it is still open, except on Windows, where it cannot.
    `SELECT set_config('client_connection_check_interval', '1s', true) WHERE version() !~* 'windows|visual|msvc|mingw'`,
  ].join('; ')

export const tooSlow = (timeoutMs: number, cause?: unknown): StoreError =>
  new StoreError(
    'report_too_slow',
    `Failed to read a report: it took longer than ${timeoutMs} ms, so it was ended. Ask for fewer days, or give reports more time.`,
    { cause },
  )
