import type { BeforeTransaction, Database, LeadScope } from './database.ts'
import { noAnswer } from './pg-connections.ts'
import { sendBefore } from './send-before.ts'

interface PrismaQueryable {
  $queryRawUnsafe<Rows>(text: string, ...values: unknown[]): Promise<Rows>
}

/** The part of a `PrismaClient` that is used. */
export interface PrismaRawClient extends PrismaQueryable {
  $transaction<T>(
    run: (tx: PrismaQueryable) => Promise<T>,
    options?: { maxWait?: number; timeout?: number },
  ): Promise<T>
}

export interface FromPrismaOptions {
  /** Runs first in every transaction, reads included: for a host whose row-level security wants a context. */
  beforeTransaction?: BeforeTransaction | undefined
  /**
   * How long a transaction may take, in milliseconds; commits, and jobs that are known to take long, have times of their
   * own. The connections are Prisma's: one that went silent is given up, and cannot be closed from here. @default 120_000
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
  const transaction: Database['transaction'] = (run, { timeoutMs = defaultTimeoutMs } = {}) =>
    within(
      client.$transaction(
        async (queryable) => {
          const tx = joined(queryable, leadScope)
          await sendBefore(beforeTransaction, tx, leadScope)
          return run(tx)
        },
        { maxWait: timeoutMs, timeout: timeoutMs },
      ),
      // Prisma's own limit comes first, where the connection answers.
      timeoutMs + 1000,
    )
  return {
    query:
      beforeTransaction === undefined
        ? (text, params = [], queryOptions) =>
            within(client.$queryRawUnsafe(text, ...params), queryOptions?.timeoutMs ?? defaultTimeoutMs)
        : (text, params) => transaction((tx) => tx.query(text, params)),
    transaction,
    leadScope,
    withLeadScope: (scope) => onClient(client, options, scope),
    withoutContext:
      beforeTransaction && onClient(client, { ...options, beforeTransaction: undefined }, leadScope),
  }
}

const joined = (client: PrismaQueryable, leadScope: LeadScope | undefined): Database => {
  const database: Database = {
    query: (text, params = []) => client.$queryRawUnsafe(text, ...params),
    transaction: (run) => run(database),
    leadScope,
  }
  return database
}

const within = <T>(work: Promise<T>, timeoutMs: number): Promise<T> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(noAnswer(timeoutMs)), timeoutMs)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
