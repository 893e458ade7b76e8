#!/usr/bin/env node
import { runCli } from './installer/run-cli.ts'

process.exitCode = await runCli(process.argv.slice(2), {
  root: process.cwd(),
  out: (text) => process.stdout.write(`${text}\n`),
  note: (text) => process.stderr.write(`${text}\n`),
})
