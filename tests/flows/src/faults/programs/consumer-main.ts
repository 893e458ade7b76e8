import { fromPg } from '@altcontext/webhook-store'
import { createConsumer } from '@altcontext/webhook-stream'
import pg from 'pg'

/**
 * A consumer to be killed, stopped and continued. After `LAST_COMMIT` commits it kills itself between a commit and the receipts for what
 * was committed.
 */
const { NATS_URL = '', DATABASE_URL = '', ROUND = '', LAST_COMMIT, REPLICAS = '3' } = process.env
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 4, connectionTimeoutMillis: 5000 })
pool.on('error', () => {})
const database = fromPg(pool)
let commits = 0
createConsumer({
  servers: NATS_URL.split(','),
  stream: ROUND,
  prefix: ROUND,
  replicas: Number(REPLICAS),
  database: {
    ...database,
    async transaction(...args) {
      const result = await database.transaction(...args)
      commits += 1
      if (commits === Number(LAST_COMMIT)) process.kill(process.pid, 'SIGKILL')
      return result
    },
  },
  maxBatchEvents: 50,
  ackWaitMs: 2000,
})
process.stdout.write('ready\n')
