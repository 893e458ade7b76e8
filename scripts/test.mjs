import { runTool } from './run.mjs'

process.exitCode = await runTool('vitest/vitest.mjs', [
  'run',
  '--config=vitest.workspace.ts',
  '--reporter=default',
  '--reporter=./scripts/closing-line-reporter.mjs',
  ...process.argv.slice(2),
])
