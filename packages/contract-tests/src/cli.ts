#!/usr/bin/env node
import { startCommandLine } from '@altcontext/webhook-contract/command-line'

/** Each key as it is pressed, without Enter. Only for somebody at a terminal. */
async function* readKeys(): AsyncIterable<string> {
  process.stdin.setRawMode(true)
  process.stdin.setEncoding('utf8')
  try {
    for await (const keys of process.stdin) yield* String(keys)
  } finally {
    process.stdin.setRawMode(false)
    process.stdin.pause()
  }
}

await startCommandLine('webhook-contract-tests', async (output) => {
  const { runCli } = await import('./run-cli.ts')
  const isDev = process.argv[2] === 'dev'
  const stopped = new AbortController()
  if (isDev) for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopped.abort())
  return runCli(process.argv.slice(2), {
    ...output,
    env: process.env,
    keys: isDev && process.stdin.isTTY ? readKeys() : undefined,
    signal: stopped.signal,
  })
})
