import { webhookDashboard } from '@altcontext/webhook-dashboard'
import { webhookMetrics } from '@altcontext/webhook-metrics'
import { fromPg } from '@altcontext/webhook-store'
import Fastify from 'fastify'
import pg from 'pg'

const app = Fastify()
const adminKeys = process.env.ADMIN_API_KEY
const database = fromPg(new pg.Pool({ connectionString: process.env.DATABASE_URL }))
await app.register(webhookMetrics, { database, adminKeys, marketingPropertyId: 'marketing-site' })
await app.register(webhookDashboard, { prefix: '/dashboard', adminKeys })
await app.listen({ port: Number(process.env.PORT ?? 3000) })

console.log(`${app.listeningOrigin}/dashboard/`)
// => http://127.0.0.1:3000/dashboard/
