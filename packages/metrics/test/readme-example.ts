import { type ServiceUsageResponse, webhookMetrics } from '@altcontext/webhook-metrics'
import { fromPg } from '@altcontext/webhook-store'
import Fastify from 'fastify'
import pg from 'pg'

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL })
const app = Fastify()
await app.register(webhookMetrics, {
  database: fromPg(pool),
  adminKeys: process.env.ADMIN_API_KEY,
  marketingPropertyId: 'marketing-site',
})
await app.listen({ port: Number(process.env.PORT ?? 3000) })

const headers = { 'x-admin-key': process.env.ADMIN_API_KEY ?? '' }
const response = await fetch(`${app.listeningOrigin}/v1/metrics/service-usage`, { headers })
const { usage } = (await response.json()) as ServiceUsageResponse
console.log(usage.scanSuccessRate)
// => { value: 0.979, delta: null, points: null, reason: null, deltaReason: 'not_requested', judgement: null }
