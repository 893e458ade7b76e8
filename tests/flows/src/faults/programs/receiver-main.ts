import { webhookReceiver } from '@altcontext/webhook-receiver'
import { fromPg } from '@altcontext/webhook-store'
import fastify from 'fastify'
import pg from 'pg'

/**
 * A receiver to be killed: the real plugin, without a rate limit, so that nothing waits for one. Below `/signed` it
 * requires signatures. After SIGTERM it ends within a second, as the receiver's README says.
 */
const { DATABASE_URL, ADMIN_API_KEY, WEBHOOK_SIGNING_SECRET, PORT } = process.env
const pool = new pg.Pool({ connectionString: DATABASE_URL, connectionTimeoutMillis: 5000 })
pool.on('error', () => {})
const app = fastify()
const options = { database: fromPg(pool), adminKeys: ADMIN_API_KEY, rateLimit: false } as const
app.register(webhookReceiver, options)
app.register(webhookReceiver, { ...options, prefix: '/signed', signingSecrets: WEBHOOK_SIGNING_SECRET })
await app.listen({ host: '127.0.0.1', port: Number(PORT) })
process.stdout.write('ready\n')

process.once('SIGTERM', async () => {
  setTimeout(() => app.server.closeAllConnections(), 1000)
  await app.close()
  await pool.end()
})
