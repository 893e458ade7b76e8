import type { BeforeTransaction, Database, LeadScope } from './database.ts'
import { sendBefore } from './send-before.ts'

interface PrismaQueryable {
  $queryRawUnsafe<Rows>(text: string, ...values: unknown[]): Promise<Rows>
}

/** The part of a `PrismaClient` that is used. */
export interface PrismaRawClient extends PrismaQueryable {
  $transaction<T>(run: (tx: PrismaQueryable) => Promise<T>): Promise<T>
}

export interface FromPrismaOptions {
  /** Runs first in every transaction, reads included: for a host whose row-level security wants a context. */
  beforeTransaction?: BeforeTransaction | undefined
}

/** The Database port on a Prisma client of any version that has `$queryRawUnsafe` and interactive transactions. */
export const fromPrisma = (client: PrismaRawClient, options: FromPrismaOptions = {}): Database =>
  onClient(client, options, undefined)

const onClient = (
  client: PrismaRawClient,
  options: FromPrismaOptions,
  leadScope: LeadScope | undefined,
): Database => {
  const { beforeTransaction } = options
  const transaction: Database['transaction'] = (run) =>
    client.$transaction(async (queryable) => {
      const tx = joined(queryable, leadScope)
      await sendBefore(beforeTransaction, tx, leadScope)
      return run(tx)
    })
  return {
    query:
      beforeTransaction === undefined
        ? (text, params = []) => client.$queryRawUnsafe(text, ...params)
        : (text, params) => transaction((tx) => tx.query(text, params)),
    transaction,
    leadScope,
    withLeadScope: (scope) => onClient(client, options, scope),
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
