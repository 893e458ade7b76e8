import type { Database } from '@altcontext/webhook-store'

/** The options that the jobs which change rollups or archives share. */
export interface JobOptions {
  /** The schema that holds the tables. @default the connection's search path */
  schema?: string | undefined
  /** The clock, in milliseconds since 1970. @default Date.now */
  now?: (() => number) | undefined
}

// One lock per database and schema, for every job of every process.
const lockKey = `hashtextextended('altcontext webhook-metrics ' || COALESCE($1::text, current_schema()), 0)`

// Only a command or a daily job waits, and the job it waits for may work through years of events.
export const patientMs = 1_800_000

/**
 * Runs one transaction while no other process changes rollups or archives. Its statements must take their
 * snapshots one by one (read committed), so that each sees what was committed before the lock was given.
 *
 * @returns undefined when another process holds the lock and `wait` is false.
 */
export const withRollupLock = <T>(
  database: Database,
  { schema, wait }: { schema: string | undefined; wait: boolean },
  run: (tx: Database) => Promise<T>,
): Promise<T | undefined> =>
  database.transaction(
    async (tx) => {
      if (wait) {
        // Cast to text: Prisma cannot read a column of type void.
        await tx.query(`SELECT pg_advisory_xact_lock(${lockKey})::text AS locked`, [schema ?? null])
      } else {
        const [row] = await tx.query<{ locked: boolean }>(
          `SELECT pg_try_advisory_xact_lock(${lockKey}) AS locked`,
          [schema ?? null],
        )
        if (row?.locked !== true) return undefined
      }
      return run(tx)
    },
    wait ? { timeoutMs: patientMs } : {},
  )
