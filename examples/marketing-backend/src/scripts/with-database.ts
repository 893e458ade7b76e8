import type { DatabaseHandle } from '../database/create-pool.ts'
import { openDatabase } from '../database/open-database.ts'
import { parseEnvironment } from '../environment.ts'

/** Opens the database of `DATABASE_URL` for one command. An embedded one belongs to the server that started it. */
export const withDatabase = async <T>(run: (database: DatabaseHandle) => Promise<T>): Promise<T> => {
  const environment = parseEnvironment(process.env)
  if (environment.databaseUrl === undefined) {
    throw new Error(
      'Failed to open the database: DATABASE_URL is not set. Set it; npm start prints the address of its own database.',
    )
  }
  const database = await openDatabase({ ...environment, say: () => {} })
  try {
    return await run(database)
  } finally {
    await database.close()
  }
}
