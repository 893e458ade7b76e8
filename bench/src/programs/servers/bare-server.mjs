import fastify from 'fastify'
import pg from 'pg'

/**
 * The smallest server with a database. It is configured by its environment, as the example server is, and written in
 * JavaScript, because the first file whose types Node strips costs 100 ms and 20 MB.
 */
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL })
const app = fastify()
app.get('/v1/healthz', async () => {
  await pool.query('SELECT 1')
  return { ok: true }
})
app.post(process.env.BENCH_PATH, async (request) => {
  const { eventType, tenantId, occurredAt, payload } = request.body
  const eventId = request.headers['webhook-id']
  await pool.query(
    `INSERT INTO tenant_events (id, tenant_id, event_type, payload, occurred_at) VALUES ($1, $2, $3, $4, $5)`,
    [eventId, tenantId, eventType, payload, occurredAt],
  )
  return { ok: true, eventId }
})
await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) })
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit())
