import { webhookMetrics } from '@altcontext/webhook-metrics'
import { webhookReceiver } from '@altcontext/webhook-receiver'
import { fromPg } from '@altcontext/webhook-store'
import fastify from 'fastify'
import pg from 'pg'

/**
 * One of several servers of a host: the receiver, and the worker that counts. It imports the packages that it finds, today's or a
 * release's, so it uses nothing new, except for `LIMIT`: how many requests a day below `/limited` all servers let in together. `COUNT_EVERY_MS` is the
 * pause of the worker. After SIGTERM it ends within a second, as the receiver's README says.
 */
const { DATABASE_URL, ADMIN_API_KEY, LIMIT, COUNT_EVERY_MS = '50' } = process.env
const pool = new pg.Pool({ connectionString: DATABASE_URL, connectionTimeoutMillis: 5000 })
pool.on('error', () => {})
const app = fastify()
const database = fromPg(pool)
app.register(webhookReceiver, { database, adminKeys: ADMIN_API_KEY, rateLimit: false })
if (LIMIT !== undefined) {
  const rateLimit = { max: Number(LIMIT), timeWindowMs: 86_400_000, database }
  app.register(webhookReceiver, { database, adminKeys: ADMIN_API_KEY, prefix: '/limited', rateLimit })
}
app.register(webhookMetrics, {
  database,
  adminKeys: ADMIN_API_KEY,
  marketingPropertyId: 'default',
  worker: { intervalMs: Number(COUNT_EVERY_MS) },
})
let hasStored = false
app.addHook('onResponse', async (request, reply) => {
  if (hasStored || request.method !== 'POST' || reply.statusCode !== 200) return
  hasStored = true
  process.stdout.write('stored\n')
})
process.stdout.write(`ready ${new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port}\n`)

process.once('SIGTERM', async () => {
  setTimeout(() => app.server.closeAllConnections(), 1000)
  await app.close()
  await pool.end()
})
