import { runTool, runTypeScript } from './run.mjs'

// The servers of the tests show the dashboard's page; a moment when its sources have not changed.
process.exitCode = await runTypeScript('packages/dashboard/scripts/build-app.ts')
process.exitCode ||= await runTool('vitest/vitest.mjs', [
  'run',
  '--config=vitest.workspace.ts',
  '--reporter=default',
  '--reporter=./scripts/closing-line-reporter.mjs',
  ...process.argv.slice(2),
])
