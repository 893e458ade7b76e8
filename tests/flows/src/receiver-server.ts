import { webhookReceiver } from '@altcontext/webhook-receiver'
import { fromPg } from '@altcontext/webhook-store'
import fastify from 'fastify'
import pg from 'pg'

// The smallest possible server. Its settings come from `startReceiver`.
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, connectionTimeoutMillis: 2000 })
pool.on('error', () => {})
const app = fastify()
app.register(webhookReceiver, { database: fromPg(pool), adminKeys: process.env.ADMIN_API_KEY })
await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) })
process.send?.({ port: (app.server.address() as { port: number }).port })

process.once('SIGTERM', async () => {
  await app.close()
  await pool.end()
  process.disconnect?.()
})
