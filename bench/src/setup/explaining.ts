import type { Database } from '@altcontext/webhook-store'

/** A database that runs every reading statement a second time, for its plan. */
export const explaining = (database: Database, plans: string[]): Database => ({
  ...database,
  transaction: (run, options) =>
    database.transaction(
      (tx) =>
        run({
          ...tx,
          query: async (text, params, queryOptions) => {
            if (/^\s*(SELECT|WITH)/.test(text)) {
              const rows = await tx.query<Record<string, string>>(
                `EXPLAIN (ANALYZE, BUFFERS) ${text}`,
                params,
              )
              plans.push(rows.map((row) => row['QUERY PLAN']).join('\n'))
            }
            return tx.query(text, params, queryOptions)
          },
        }),
      options,
    ),
})
