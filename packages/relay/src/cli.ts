#!/usr/bin/env node
import { runCli } from './cli/run-cli.ts'

const interrupted = new AbortController()
// Only `tail` listens to it; `serve` has its own way to stop, and the others end by themselves.
if (process.argv[2] === 'tail') process.once('SIGINT', () => interrupted.abort())

process.exitCode = await runCli(process.argv.slice(2), {
  env: process.env,
  write: (text) => process.stdout.write(text),
  writeError: (text) => process.stderr.write(text),
  nowMs: Date.now(),
  signal: interrupted.signal,
})
