import { appendFileSync, writeFileSync } from 'node:fs'
import { webhookMetrics } from '@altcontext/webhook-metrics'
import { fromPg } from '@altcontext/webhook-store'
import fastify from 'fastify'
import pg from 'pg'
import { benchAdminKey } from '../processes/hand-written-route.ts'
import { explaining } from '../setup/explaining.ts'
import { metricsRoutes } from './metrics-routes.ts'

/** Writes how PostgreSQL runs the statements of routes, with times and pages; prints the times. */
export const writePlans = async (
  databaseUrl: string,
  file: string,
  routes: Readonly<Record<string, { path: string }>> = metricsRoutes,
): Promise<void> => {
  const pool = new pg.Pool({ connectionString: databaseUrl })
  const plans: string[] = []
  const app = fastify()
  await app.register(webhookMetrics, {
    database: explaining(fromPg(pool), plans),
    adminKeys: benchAdminKey,
    marketingPropertyId: 'marketing-site',
    worker: false,
    openMetrics: { path: '/v1/metrics/open-metrics' },
  })
  writeFileSync(file, '')
  for (const [name, { path }] of Object.entries(routes)) {
    plans.length = 0
    const { statusCode } = await app.inject({ url: path, headers: { 'x-admin-key': benchAdminKey } })
    if (statusCode !== 200) throw new Error(`${path} answered ${statusCode}`)
    const times = plans.map((plan) => /Execution Time: (.+)/.exec(plan)?.[1] ?? 'not run')
    process.stderr.write(`  ${name}: ${times.join(', ')}\n`)
    appendFileSync(file, `## ${name}: GET ${path}\n\n${plans.join('\n\n')}\n\n`)
  }
  await app.close()
  await pool.end()
}
