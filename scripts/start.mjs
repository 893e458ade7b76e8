import { runTypeScript } from './run.mjs'

process.exitCode = await runTypeScript('examples/marketing-backend/src/main.ts', process.argv.slice(2))
