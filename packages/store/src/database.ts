/**
 * What the bridge asks of a database: the SQL is PostgreSQL's, the driver is the host's.
 *
 * A host that sets something at the start of every transaction (a row-level-security variable, say) wraps
 * `transaction`: all of the bridge's writes go through it.
 *
 * @example
 * const database: Database = {
 *   ...plain,
 *   transaction: (run) =>
 *     plain.transaction(async (tx) => {
 *       await tx.query("SELECT set_config('app.tenant', $1, true)", ['marketing'])
 *       return run(tx)
 *     }),
 * }
 */
export interface Database {
  /** Runs one statement with `$1`-style parameters and returns its rows. */
  query<Row = Record<string, unknown>>(
    text: string,
    params?: readonly unknown[],
    options?: QueryOptions,
  ): Promise<Row[]>
  /** Commits when `run` resolves, rolls back when it rejects. Read committed unless `run` says otherwise. */
  transaction<T>(run: (tx: Database) => Promise<T>): Promise<T>
}

export interface QueryOptions {
  /**
   * The same text comes again and again: worth preparing once per connection, which saves PostgreSQL its
   * planning. A hint; a driver may pass it over. @default false
   */
  isRepeated?: boolean
  /**
   * The only statement of its `transaction`, unless a host's wrapper has sent one before it. A hint: a driver need not
   * begin and commit around it. @default false
   */
  isOnly?: boolean
}
