/**
 * What the bridge needs from a database: the SQL is PostgreSQL's, the driver is the host's.
 *
 * All of the bridge's reads of the host's tables and all of its writes go through `transaction`.
 */
export interface Database {
  /** Runs one statement with `$1`-style parameters and returns its rows. */
  query<Row = Record<string, unknown>>(
    text: string,
    params?: readonly unknown[],
    options?: QueryOptions,
  ): Promise<Row[]>
  /**
   * Commits when `run` resolves, rolls back when it rejects. Read committed unless `run` says otherwise. A `run` whose
   * prepared statement was lost by a pooler is called once more, on a new transaction: nothing is left of the first.
   *
   * @throws {StoreError} `database_unavailable` when a statement, or the commit, gets no response in time. Whether
   * it took effect is unknown: whoever sends it again must recognise what is already stored.
   */
  transaction<T>(run: (tx: Database) => Promise<T>, options?: TransactionOptions): Promise<T>
  /** Whose rows of the host it reads, if the host serves customers. Set by {@link inLeadScope}. */
  readonly leadScope?: LeadScope | undefined
  /** The same database for one customer of the host. {@link inLeadScope} does without it. */
  withLeadScope?(leadScope: LeadScope): Database
  /** The same without its `beforeTransaction`, where it has one. */
  readonly withoutContext?: Database | undefined
}

/**
 * One customer of the host, whose rows of `leads`, `daily_metric_rollups` and the like are read, and to whom received
 * events belong. Not to be confused with the product's tenants.
 */
export interface LeadScope {
  /** `tenant_id` of the host's tables, a UUID. */
  readonly tenantId: string
}

/**
 * Runs what has to come first in a transaction, such as the statement that sets the context of the host's row-level security. It
 * runs in every transaction, reads included; if it throws, that means "later", never "this event is wrong".
 *
 * @param tx - the transaction, just begun.
 * @param leadScope - the customer it is for; `undefined` in transactions that are for no customer, such as those of the rollup if
 * the scope is a function of the request.
 */
export type BeforeTransaction = (
  tx: Pick<Database, 'query'>,
  leadScope: LeadScope | undefined,
) => Promise<unknown>

export interface TransactionOptions {
  /**
   * How long each statement may go without a response, and how long to wait for a connection. After that the connection
   * is destroyed, because one that went silent never responds again. @default that of the driver's adapter
   */
  timeoutMs?: number | undefined
  /**
   * For a report that people wait for, while writes must not wait for it: PostgreSQL itself ends each statement after
   * `timeoutMs`, or soon after its connection is gone, and runs it on one processor. @default false
   */
  isReport?: boolean | undefined
  /**
   * For a commit that may fail now rather than wait: with `pg` it is refused at once while commits before it wait in vain for a synchronous
   * standby. Each of those that is given up keeps a connection of PostgreSQL until the standby is back. @default false
   */
  needsStandby?: boolean | undefined
  /**
   * Aborts when the client has left. With `pg` the connection is then closed, which ends the statement of a report; with Prisma,
   * which owns its connections, no further statement is begun. The transaction rejects with the signal's reason.
   */
  signal?: AbortSignal | undefined
}

export interface QueryOptions extends TransactionOptions {
  /**
   * The same text comes again and again: worth preparing once per connection, which saves PostgreSQL from
   * planning it. A hint that a driver may ignore. @default false
   */
  isRepeated?: boolean
  /**
   * The only statement of its `transaction`, unless a host's wrapper has sent one before it. A hint: a driver
   * may leave out BEGIN and COMMIT. @default false
   */
  isOnly?: boolean
}
