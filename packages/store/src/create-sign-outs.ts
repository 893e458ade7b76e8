import { createTables } from './create-tables.ts'
import type { Database } from './database/database.ts'

/**
 * The `signOuts` of the dashboard: which sessions were signed out of, known to every process and after a restart. Sessions that
 * have expired anyway are forgotten at the next sign-out.
 */
export const createSignOuts = (
  database: Database,
  { schema, now = Date.now }: { schema?: string | undefined; now?: (() => number) | undefined } = {},
) => {
  const { dashboardSignOuts } = createTables(schema)
  return {
    add: async (sessionId: string, expiresAt: number): Promise<void> => {
      await database.transaction(async (tx) => {
        await tx.query(
          `INSERT INTO ${dashboardSignOuts} (session_id, expires_at) VALUES ($1, $2::timestamp(3))
           ON CONFLICT (session_id) DO NOTHING`,
          [sessionId, new Date(expiresAt).toISOString()],
        )
        await tx.query(`DELETE FROM ${dashboardSignOuts} WHERE expires_at < $1::timestamp(3)`, [
          new Date(now()).toISOString(),
        ])
      })
    },
    has: async (sessionId: string): Promise<boolean> => {
      const rows = await database.transaction((tx) =>
        tx.query(`SELECT 1 AS one FROM ${dashboardSignOuts} WHERE session_id = $1`, [sessionId]),
      )
      return rows.length > 0
    },
  }
}
