import { migrate } from '../database/migrate.ts'
import { connect } from '../database/open-database.ts'
import { parseEnvironment } from '../environment.ts'
import { runScript } from './run-script.ts'

runScript(async () => {
  const { databaseUrl } = parseEnvironment(process.env)
  if (databaseUrl === undefined) throw new Error('Failed to migrate: DATABASE_URL is not set. Set it.')
  // An unreachable database has its own message, and is not the fault of a migration.
  const { pool } = await connect(databaseUrl)
  await pool.end()
  const applied = await migrate(databaseUrl)
  return applied.length === 0 ? 'The tables are up to date.' : `Applied ${applied.join(', ')}.`
})
