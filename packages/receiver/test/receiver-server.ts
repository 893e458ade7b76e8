import { fromPg } from '@altcontext/webhook-store'
import fastify from 'fastify'
import pg from 'pg'
import { webhookReceiver } from '../src/index.ts'

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL })
const app = fastify()
app.register(webhookReceiver, { database: fromPg(pool), adminKeys: process.env.ADMIN_API_KEY })
console.log(await app.listen({ host: '127.0.0.1', port: 0 }))

process.once('SIGTERM', async () => {
  await app.close()
  await pool.end()
})
