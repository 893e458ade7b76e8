import type { Database } from './database.ts'

interface PrismaQueryable {
  $queryRawUnsafe<Rows>(text: string, ...values: unknown[]): Promise<Rows>
}

/** The part of a `PrismaClient` that is used. */
export interface PrismaRawClient extends PrismaQueryable {
  $transaction<T>(run: (tx: PrismaQueryable) => Promise<T>): Promise<T>
}

/** The Database port on a Prisma client of any version that has `$queryRawUnsafe` and interactive transactions. */
export const fromPrisma = (client: PrismaRawClient): Database => ({
  query: (text, params = []) => client.$queryRawUnsafe(text, ...params),
  transaction: (run) => client.$transaction((tx) => run(joined(tx))),
})

const joined = (client: PrismaQueryable): Database => {
  const database: Database = {
    query: (text, params = []) => client.$queryRawUnsafe(text, ...params),
    transaction: (run) => run(database),
  }
  return database
}
