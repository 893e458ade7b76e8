import { appendFileSync, writeFileSync } from 'node:fs'
import { webhookMetrics } from '@altcontext/webhook-metrics'
import { fromPg } from '@altcontext/webhook-store'
import fastify from 'fastify'
import pg from 'pg'
import { benchAdminKey } from '../processes/hand-written-route.ts'
import { explaining } from '../setup/explaining.ts'
import { metricsRoutes } from './metrics-routes.ts'

type Routes = Readonly<Record<string, { path: string }>>

/** Writes how PostgreSQL runs the statements of routes, with times and pages; prints the times. */
export const writePlans = async (
  databaseUrl: string,
  file: string,
  routes: Routes = metricsRoutes,
  laterMs = 0,
): Promise<void> => {
  writeFileSync(file, '')
  for (const [name, plans] of Object.entries(await readPlans(databaseUrl, routes, laterMs))) {
    const times = plans.map((plan) => /Execution Time: (.+)/.exec(plan)?.[1] ?? 'not run')
    process.stderr.write(`  ${name}: ${times.join(', ')}\n`)
    appendFileSync(file, `## ${name}: GET ${routes[name]?.path}\n\n${plans.join('\n\n')}\n\n`)
  }
}

/** How PostgreSQL runs the statements of each route, in the order in which the route sends them. */
export const readPlans = async (
  databaseUrl: string,
  routes: Routes,
  laterMs = 0,
): Promise<Record<string, readonly string[]>> => {
  const pool = new pg.Pool({ connectionString: databaseUrl })
  const plans: string[] = []
  const app = fastify()
  await app.register(webhookMetrics, {
    database: explaining(fromPg(pool), plans),
    adminKeys: benchAdminKey,
    marketingPropertyId: 'marketing-site',
    worker: false,
    now: () => Date.now() + laterMs,
    openMetrics: { path: '/v1/metrics/open-metrics' },
  })
  const plansOf: Record<string, readonly string[]> = {}
  for (const [name, { path }] of Object.entries(routes)) {
    const { statusCode } = await app.inject({ url: path, headers: { 'x-admin-key': benchAdminKey } })
    if (statusCode !== 200) throw new Error(`${path} responded with ${statusCode}`)
    plansOf[name] = plans.splice(0)
  }
  await app.close()
  await pool.end()
  return plansOf
}
