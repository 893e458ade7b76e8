import type { Database } from '@altcontext/webhook-store'

/** A database whose transactions break off after this many statements. */
export const breakingAfter = (database: Database, statements: number): Database => ({
  ...database,
  transaction: (run) =>
    database.transaction((tx) => {
      let left = statements
      return run({
        ...tx,
        query: (text, params) => {
          left -= 1
          return left < 0 ? Promise.reject(new Error('broken off')) : tx.query(text, params)
        },
      })
    }),
})
