import { setTimeout as delay } from 'node:timers/promises'
import { streamDefaults } from '@altcontext/webhook-stream'
import { connect } from '@nats-io/transport-node'
import { writeParquet } from './write-parquet.ts'

/** Writes a file of events every hour, until it is ended; `--once` writes the waiting events, and ends. */
const { NATS_URL = 'nats://127.0.0.1:4222', NATS_USER, NATS_PASSWORD } = process.env
const { STREAM_NAME, STREAM_DURABLE, STREAM_FILTER, PARQUET_FOLDER } = process.env
const hourMs = 3_600_000
const minuteMs = 60_000

const connection = await connect({
  servers: NATS_URL.split(','),
  ...(NATS_USER === undefined ? {} : { user: NATS_USER, pass: NATS_PASSWORD ?? '' }),
  maxReconnectAttempts: -1,
})
const settings = {
  stream: STREAM_NAME ?? streamDefaults.stream,
  durable: STREAM_DURABLE ?? 'parquet',
  filter: STREAM_FILTER ?? `${streamDefaults.prefix}.>`,
  folder: PARQUET_FOLDER ?? 'parquet',
}
for (;;) {
  let isWritten = false
  try {
    for (const file of await writeParquet(connection, settings)) console.log(file)
    isWritten = true
  } catch (error) {
    console.error(`Failed to write Parquet: ${(error as Error).message}. The waiting events are tried again.`)
  }
  if (process.argv.includes('--once')) {
    process.exitCode = isWritten ? 0 : 1
    break
  }
  await delay(isWritten ? hourMs - (Date.now() % hourMs) : minuteMs)
}
await connection.close()
