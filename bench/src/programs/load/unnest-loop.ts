import pg from 'pg'
import { insertBareRows } from '../../processes/bare-rows.ts'
import { readConfig, report } from '../../processes/process-channel.ts'
import { sampleEvents } from '../../setup/sample-events.ts'

/** Batches of bare rows straight into the database, one after the other, on one connection. */
const { databaseUrl, batches, batchEvents } = readConfig<{
  databaseUrl: string
  batches: number
  batchEvents: number
}>()
const client = new pg.Client({ connectionString: databaseUrl })
await client.connect()
const events = sampleEvents({ count: (batches + 1) * batchEvents, kind: 'mixed' })
const insert = (batch: number) =>
  insertBareRows(client, events.slice(batch * batchEvents, (batch + 1) * batchEvents))

await insert(batches)
const startedMs = performance.now()
for (let batch = 0; batch < batches; batch += 1) await insert(batch)
const seconds = (performance.now() - startedMs) / 1000
await client.end()
report({ 'events/s': (batches * batchEvents) / seconds })
