import { webhookReceiver } from '@altcontext/webhook-receiver'
import { fromPg } from '@altcontext/webhook-store'
import fastify from 'fastify'
import pg from 'pg'

/** A receiver to be killed: the real plugin, without a rate limit, because nobody here is to wait for one. */
const { DATABASE_URL, ADMIN_API_KEY, PORT } = process.env
const pool = new pg.Pool({ connectionString: DATABASE_URL })
pool.on('error', () => {})
const app = fastify()
app.register(webhookReceiver, { database: fromPg(pool), adminKeys: ADMIN_API_KEY, rateLimit: false })
await app.listen({ host: '127.0.0.1', port: Number(PORT) })
process.stdout.write('ready\n')
