import { runTool } from './run.mjs'

process.exitCode = await runTool('vitest/vitest.mjs', ['run', ...process.argv.slice(2)])
