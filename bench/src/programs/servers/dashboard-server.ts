import { webhookDashboard } from '@altcontext/webhook-dashboard'
import { webhookMetrics } from '@altcontext/webhook-metrics'
import { fromPg } from '@altcontext/webhook-store'
import fastify from 'fastify'
import pg from 'pg'
import { benchAdminKey } from '../../processes/hand-written-route.ts'
import { readConfig } from '../../processes/process-channel.ts'
import { serve } from '../../processes/serve.ts'

// The smallest page that shows the same numbers: no styles, no library, the responses as they come.
const barePage = `<!doctype html>
<title>Numbers</title>
<main><pre aria-busy="true"></pre></main>
<script type="module">
  const read = (name) => fetch('/dashboard/api/' + name).then((response) => response.json())
  const responses = await Promise.all(['service-usage?compareTo=true', 'channels', 'tenants?sort=tenantId&limit=1'].map(read))
  const numbers = document.querySelector('pre')
  numbers.textContent = JSON.stringify(responses, null, 2)
  numbers.ariaBusy = 'false'
</script>`

/** The dashboard, and beside it a page with nothing but its numbers. */
const { databaseUrl } = readConfig<{ databaseUrl: string }>()
const pool = new pg.Pool({ connectionString: databaseUrl })
const app = fastify()
app.get('/bare', (_request, reply) => reply.type('text/html').send(barePage))
await app.register(webhookMetrics, {
  database: fromPg(pool),
  adminKeys: benchAdminKey,
  marketingPropertyId: 'marketing-site',
  worker: false,
})
await app.register(webhookDashboard, {
  prefix: '/dashboard',
  adminKeys: benchAdminKey,
  authorize: () => true,
})
await serve(app, () => pool.end())
