import { generatePrismaClient } from '@altcontext/test-database'
import { fromPrisma, type PrismaRawClient } from '@altcontext/webhook-store'
import { PrismaPg } from '@prisma/adapter-pg'
import { expect, test } from 'vitest'
import { findDiscrepancies, purgeRetention, rollupDirty, rollupServiceUsage } from '../src/index.ts'
import { adminKey, ask, createTestBridge, sendEvents } from './test-bridge.ts'
import { exampleBlock, exampleEvents, writeHost } from './worked-example.ts'

const now = () => Date.parse('2026-02-10T00:00:00Z')
const afterRetention = () => Date.parse('2026-06-01T00:00:00Z')
const days = { from: '2026-02-01', to: '2026-02-10' }
const window = 'from=2026-02-07&to=2026-02-09'

test('writes, rolls up, compares, purges and serves every route through a Prisma client', async () => {
  await using bridge = await createTestBridge()
  await using prisma = await connectPrisma(bridge.test.url)
  const database = fromPrisma(prisma.client)
  const app = await bridge.serve({ database, now, openMetrics: { path: '/v1/metrics/open-metrics' } })
  const responses = async () => ({
    'service-usage': await ask(app, `/v1/metrics/service-usage?${window}&compareTo=true`),
    channels: await ask(app, `/v1/metrics/channels?${window}`),
    tenants: await ask(app, `/v1/metrics/tenants?${window}&sort=tenantId&order=asc`),
  })
  await writeHost(bridge, exampleBlock('host'))

  await sendEvents(database, exampleEvents())
  await sendEvents(database, exampleEvents())
  expect(await rollupDirty(database, { now: () => Date.parse('2026-02-09T23:30:00Z') })).toMatchObject({
    ran: true,
    cells: 6,
    changed: 6,
  })
  for (const [name, response] of Object.entries(await responses())) {
    expect(response, name).toEqual(exampleBlock(name))
  }

  await bridge.sql(`UPDATE service_usage_rollups SET scans_failed = 9 WHERE day = '2026-02-09'`)
  expect(await findDiscrepancies(database, { ...days, now })).toMatchObject({
    cells: 1,
    examples: [{ day: '2026-02-09', columns: ['scans_failed'] }],
  })
  expect(await rollupServiceUsage(database, { ...days, now })).toMatchObject({ cells: 6, changed: 1 })

  expect(await purgeRetention(database, { now: afterRetention })).toMatchObject({ events: 17 })
  expect(await findDiscrepancies(database, { ...days, now: afterRetention })).toMatchObject({
    compared: 6,
    cells: 0,
  })
  expect(await rollupServiceUsage(database, { ...days, now })).toMatchObject({ cells: 6, changed: 0 })
  expect((await responses()).channels.channels).toEqual(
    exampleBlock<{ channels: unknown[] }>('channels').channels,
  )

  const { jobs } = await ask(app, '/v1/metrics/bridge')
  expect(jobs).toMatchObject({
    rollup: { run: { details: { cells: 6 } } },
    backfill: { run: { details: { changed: 0 } } },
    discrepancy: { run: { details: { cells: 0 } } },
    purge: { run: { finishedAt: '2026-06-01T00:00:00.000Z', details: { events: 17 } } },
  })
  const metrics = await app.inject({
    url: '/v1/metrics/open-metrics',
    headers: { 'x-admin-key': adminKey },
  })
  expect(metrics.body).toContain(
    `webhook_metrics_job_finished_timestamp_seconds{job="purge"} ${afterRetention() / 1000}`,
  )
})

const connectPrisma = async (url: string) => {
  await generatePrismaClient(`${import.meta.dirname}/prisma/schema.prisma`)
  const { PrismaClient } = await import(new URL('prisma/generated/client.ts', import.meta.url).href)
  const client: PrismaRawClient & { $disconnect(): Promise<void> } = new PrismaClient({
    adapter: new PrismaPg({ connectionString: url }),
  })
  return { client, [Symbol.asyncDispose]: () => client.$disconnect() }
}
