import { runTypeScript } from './run.mjs'

// The dashboard's page; a moment when its sources have not changed.
process.exitCode = await runTypeScript('packages/dashboard/scripts/build-app.ts')
// The server migrates a database of its own; that of a deployed one is migrated by who deploys it, here this command.
if (process.env.DATABASE_URL) {
  process.exitCode ||= await runTypeScript('examples/marketing-backend/src/scripts/migrate.ts')
}
process.exitCode ||= await runTypeScript('examples/marketing-backend/src/main.ts', process.argv.slice(2))
