import { runTool } from './run.mjs'

// The dashboard's page and its browser tests need the types of a browser, so they are programs of their own.
const dashboard = 'packages/dashboard'
const svelteCheck = `../${dashboard}/node_modules/svelte-check/bin/svelte-check`

process.exitCode = await runTool('typescript/bin/tsc', ['-p', 'tsconfig.json'])
process.exitCode ||= await runTool('typescript/bin/tsc', ['-p', `${dashboard}/tsconfig.json`])
process.exitCode ||= await runTool(svelteCheck, [
  '--tsconfig',
  `./${dashboard}/src/app/tsconfig.json`,
  '--fail-on-warnings',
])
