import type { Pool } from 'pg'
import { openDatabase } from '../database/open-database.ts'
import { parseEnvironment } from '../environment.ts'

/** Opens the database that the server would use, for one command. */
export const withDatabase = async <T>(run: (pool: Pool) => Promise<T>): Promise<T> => {
  const database = await openDatabase({ ...parseEnvironment(process.env), say: () => {} })
  try {
    return await run(database.pool)
  } finally {
    await database.close()
  }
}
