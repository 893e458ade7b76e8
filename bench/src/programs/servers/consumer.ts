import { fromPg } from '@altcontext/webhook-store'
import { createConsumer } from '@altcontext/webhook-stream'
import pg from 'pg'
import { readConfig, report } from '../../processes/process-channel.ts'

/** A consumer with everything on. */
const { servers, stream, databaseUrl } = readConfig<{
  servers: string[]
  stream: string
  databaseUrl: string
}>()
const pool = new pg.Pool({ connectionString: databaseUrl })
const consumer = createConsumer({ servers, stream, prefix: stream, database: fromPg(pool) })
report({}, async () => {
  await consumer.close({ timeoutMs: 1000 })
  await pool.end()
})
