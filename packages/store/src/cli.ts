#!/usr/bin/env node
import { startCommandLine } from '@altcontext/webhook-contract/command-line'

await startCommandLine('webhook-store', async ({ write, writeError }) => {
  const { runCli } = await import('./installer/run-cli.ts')
  return runCli(process.argv.slice(2), {
    root: process.cwd(),
    out: (text) => write(`${text}\n`),
    note: (text) => writeError(`${text}\n`),
  })
})
