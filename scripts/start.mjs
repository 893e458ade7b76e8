import { runTypeScript } from './run.mjs'

// The dashboard's page; a moment when its sources have not changed.
process.exitCode = await runTypeScript('packages/dashboard/scripts/build-app.ts')
process.exitCode ||= await runTypeScript('examples/marketing-backend/src/main.ts', process.argv.slice(2))
