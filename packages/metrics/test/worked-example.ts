import { readFileSync } from 'node:fs'
import { rollupDirty } from '../src/rollups/rollup-dirty.ts'
import { copyTouches } from '../src/touches/copy-touches.ts'
import { ask, createTestBridge, marketingPropertyId, type SentEvent, type TestBridge } from './test-bridge.ts'

const page = readFileSync(new URL('../../../docs/numbers.md', import.meta.url), 'utf8')

/** The JSON of a block of docs/numbers.md, by the word behind its language. */
export const exampleBlock = <Value>(name: string): Value => {
  const block = new RegExp(`\`\`\`json ${name}\n([\\s\\S]*?)\n\`\`\``).exec(page)?.[1]
  if (block === undefined) throw new Error(`docs/numbers.md has no block "json ${name}"`)
  return JSON.parse(block)
}

interface HostBlock {
  leads: { email: string; channel: string | null; capturedAt: string }[]
  days: { day: string; visitors: number; leads: number; sources: Record<string, number> }[]
  refusals?: { id: string; at: string; reason: string; status: number }[]
}

/** Writes leads, daily rollups and refused requests as the host does. */
export const writeHost = async (
  { sql }: TestBridge,
  { leads, days, refusals = [] }: HostBlock,
): Promise<void> => {
  for (const { email, channel, capturedAt } of leads) {
    await sql(
      `INSERT INTO leads (id, email_normalized, source_channel, first_captured_at, last_captured_at)
       VALUES (gen_random_uuid()::text, $1, $2, $3::timestamp, $3::timestamp)`,
      [email, channel, capturedAt],
    )
  }
  for (const { day, visitors, leads: newLeads, sources } of days) {
    await sql(
      `INSERT INTO daily_metric_rollups (id, property_id, day, unique_visitors, new_leads, traffic_source_breakdown)
       VALUES (gen_random_uuid()::text, $1, $2, $3, $4, $5)`,
      [marketingPropertyId, day, visitors, newLeads, JSON.stringify(sources)],
    )
  }
  for (const { id, at, reason, status } of refusals) {
    await sql(
      `INSERT INTO ingest_rejections (id, property_id, endpoint, reason, status_code, occurred_at)
       VALUES ($1, 'description-service', '/v1/webhooks/description-service', $2, $3, $4::timestamp)`,
      [id, reason, status, at],
    )
  }
}

/** The events of docs/numbers.md, received as they occurred. */
export const exampleEvents = (): SentEvent[] => exampleBlock<SentEvent[]>('events')

/** A bridge that has received and rolled up the example of docs/numbers.md. */
export const createExampleBridge = async (): Promise<TestBridge> => {
  const bridge = await createTestBridge()
  await writeHost(bridge, exampleBlock('host'))
  await bridge.send(exampleEvents())
  await rollupDirty(bridge.database, { now: () => Date.parse('2026-02-09T23:30:00Z') })
  return bridge
}

const window = 'from=2026-02-07&to=2026-02-09'

/** What docs/numbers.md asks, by the word behind the language of the block that answers it. */
export const exampleRequests = {
  'service-usage': `/v1/metrics/service-usage?${window}&compareTo=true`,
  channels: `/v1/metrics/channels?${window}`,
  channel: `/v1/metrics/channels/email?${window}`,
  tenants: `/v1/metrics/tenants?${window}&sort=tenantId&order=asc`,
  cohorts: '/v1/metrics/cohorts?from=2026-02-02&to=2026-02-09',
  received: '/v1/metrics/events?type=scan.completed&from=2026-02-08&to=2026-02-09',
  refusals: '/v1/metrics/events?kind=refused',
  bridge: '/v1/metrics/bridge',
}

/** What it asks after the late event. */
const laterRequests = {
  restatements: `/v1/metrics/restatements?${window}`,
  tenant: `/v1/metrics/tenants/gallery?${window}&limit=2`,
}

/** The answers at the midnight after the example. */
export const askExample = async (): Promise<Record<string, unknown>> => {
  await using bridge = await createExampleBridge()
  const app = await bridge.serve({ now: () => Date.parse('2026-02-10T00:00:00Z') })
  const answers: Record<string, unknown> = {}
  for (const [name, url] of Object.entries(exampleRequests)) answers[name] = await ask(app, url)
  await bridge.send(exampleBlock<SentEvent[]>('late'))
  await rollupDirty(bridge.database, { now: () => Date.parse('2026-02-10T08:30:00Z') })
  await copyTouches(bridge.database, { now: () => Date.parse('2026-02-10T08:30:00Z') })
  const later = await bridge.serve({ now: () => Date.parse('2026-02-10T12:00:00Z') })
  for (const [name, url] of Object.entries(laterRequests)) answers[name] = await ask(later, url)
  return answers
}
