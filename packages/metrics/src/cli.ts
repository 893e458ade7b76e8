#!/usr/bin/env node
import { once } from 'node:events'
import { startCommandLine } from '@altcontext/webhook-contract/command-line'
import type { FileOutput } from './cli/export-command.ts'

const { stdout, stderr } = process

const standardOutput: FileOutput = {
  write: async (chunk) => {
    if (!stdout.write(chunk)) await once(stdout, 'drain')
  },
  isTerminal: stdout.isTTY === true,
  // Back to the start of the line, which is cleared.
  showProgress: stderr.isTTY ? (text) => void stderr.write(`\r\u001b[K${text}`) : undefined,
}

await startCommandLine('webhook-metrics', async ({ write, writeError }) => {
  const { runCli } = await import('./cli/run-cli.ts')
  return runCli(process.argv.slice(2), {
    environment: process.env,
    out: (text) => write(`${text}\n`),
    note: (text) => writeError(`${text}\n`),
    file: standardOutput,
  })
})
