import { runTypeScript } from './run.mjs'

const [argument] = process.argv.slice(2)
if (argument !== undefined) {
  const usage = 'Usage: npm start\n\nThe example server; its README has the variables that configure it.\n'
  if (argument === '--help' || argument === '-h') process.stdout.write(usage)
  else process.stderr.write(`Failed to read the command line: "${argument}" is not understood.\n\n${usage}`)
  process.exit(argument === '--help' || argument === '-h' ? 0 : 2)
}

// The dashboard's page; a moment when its sources have not changed.
process.exitCode = await runTypeScript('packages/dashboard/scripts/build-app.ts')
// The server migrates a database of its own; that of a deployed one is migrated by who deploys it, here this command.
if (process.env.DATABASE_URL) {
  process.exitCode ||= await runTypeScript('examples/marketing-backend/src/scripts/migrate.ts')
}
process.exitCode ||= await runTypeScript('examples/marketing-backend/src/main.ts')
