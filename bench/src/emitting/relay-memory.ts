import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Benchmark } from '../measuring/benchmark.ts'
import { printRows } from '../measuring/print-tables.ts'
import { type BenchmarkRow, samplesOf } from '../measuring/samples.ts'
import { rssMbOf, startProcess } from '../processes/bench-process.ts'
import { sampleEvents } from '../setup/sample-events.ts'

const events = 1_000_000
const eventsPerReading = 100_000
const eventsPerRequest = 500
const lanes = 4
const adminKey = 'a-key-of-the-benchmark-that-is-long-enough'

/** A million events through one relay: its memory after each hundred thousand. */
export const relayMemory: Benchmark = {
  name: 'relay-memory',
  measures: 'the memory of the relay, with a SQLite outbox, over a million events',
  run: async () => {
    await using receiver = await startProcess<{ url: string }>('servers/stub-receiver', {})
    await using relay = await startRelay(receiver.ready.url)
    const readings: number[] = []
    while (readings.length * eventsPerReading < events) {
      await Promise.all(Array.from({ length: lanes }, () => sendToRelay(relay.url, eventsPerReading / lanes)))
      await delivered(relay.url, (readings.length + 1) * eventsPerReading)
      readings.push(rssMbOf(relay.pid))
      // This makes the receiver forget them.
      await fetch(`${receiver.ready.url}/count`)
      process.stdout.write(
        `  ${readings.length * eventsPerReading} events delivered, ${Math.round(readings.at(-1) ?? 0)} MB\n`,
      )
    }
    const row = judge(readings)
    printRows([row])
    return [row]
  },
}

/** Posts events to a relay, 500 at a time. */
export const sendToRelay = async (url: string, count: number): Promise<void> => {
  for (let sent = 0; sent < count; sent += eventsPerRequest) {
    const response = await fetch(`${url}/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ events: sampleEvents({ count: eventsPerRequest, kind: 'mixed' }) }),
    })
    await response.body?.cancel()
    if (response.status !== 202)
      throw new Error(`Failed to send events: the relay responded with ${response.status}.`)
  }
}

/** Resolves when a relay has delivered this many events in all. */
export const delivered = async (url: string, count: number): Promise<void> => {
  for (let tries = 0; tries < 600; tries += 1) {
    const response = await fetch(`${url}/stats`)
    const { counts } = (await response.json()) as { counts: { delivered: number } }
    if (counts.delivered >= count) return
    await delay(100)
  }
  throw new Error(`Failed to deliver ${count} events within a minute after the last was taken.`)
}

const judge = (readings: readonly number[]): BenchmarkRow => {
  const figures = (reading: number | undefined) => [{ 'RSS MB': reading ?? Number.NaN }]
  const of = samplesOf('after the last 100,000', 'RSS MB', figures(readings.at(-1)))
  const against = samplesOf('after the first 100,000', 'RSS MB', figures(readings[0]))
  const ratio = of.median / against.median
  const target = 1.2
  return {
    name: 'Memory of the relay after a million events / after the first 100,000',
    ratio,
    difference: of.median - against.median,
    by: 'ratio',
    target,
    bound: 'at most',
    pass: ratio <= target,
    figure: 'RSS MB',
    of,
    against,
  }
}

/** `webhook-relay serve` with a SQLite outbox, which is removed at the end. */
export const startRelay = async (receiverUrl: string) => {
  const folder = mkdtempSync(join(tmpdir(), 'webhook-relay-memory-'))
  const outbox = join(folder, 'outbox.db')
  const port = await freePort()
  const child = spawn(
    process.execPath,
    ['--conditions=@altcontext/source', '--disable-warning=ExperimentalWarning', relayProgram, 'serve'],
    {
      env: {
        PATH: process.env.PATH,
        WEBHOOK_URL: `${receiverUrl}/v1/webhooks/description-service`,
        ADMIN_API_KEY: adminKey,
        RELAY_OUTBOX: outbox,
        RELAY_PORT: String(port),
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  )
  const url = `http://127.0.0.1:${port}`
  await healthy(url, child)
  return {
    url,
    outbox,
    pid: child.pid as number,
    [Symbol.asyncDispose]: async () => {
      const exited = once(child, 'exit')
      child.kill()
      await exited
      rmSync(folder, { recursive: true })
    },
  }
}

const relayProgram = new URL('../../../packages/relay/src/cli.ts', import.meta.url).pathname

const healthy = async (url: string, child: ChildProcess): Promise<void> => {
  while (child.exitCode === null) {
    const response = await fetch(`${url}/healthz`).catch(() => undefined)
    if (response?.ok) return
    await delay(50)
  }
  throw new Error(`Failed to start the relay: it ended with ${child.exitCode}. See its output above.`)
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
