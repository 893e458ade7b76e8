import { readFileSync } from 'node:fs'
import type { CompletenessProof, HeartbeatRequest } from '@altcontext/webhook-contract'
import { recordHeartbeat, recordProof } from '@altcontext/webhook-store'
import { findDiscrepancies } from '../src/rollups/find-discrepancies.ts'
import { rollupDirty } from '../src/rollups/rollup-dirty.ts'
import { copyTouches } from '../src/touches/copy-touches.ts'
import { type HostVisit, identify, visit } from './host-visits.ts'
import {
  adminKey,
  ask,
  createTestBridge,
  marketingPropertyId,
  type SentEvent,
  type TestBridge,
} from './test-bridge.ts'

const page = readFileSync(new URL('../../../docs/numbers.md', import.meta.url), 'utf8')

/** The text of a block of docs/numbers.md, by the word after its language. */
export const textBlock = (name: string, language = 'text'): string => {
  const block = new RegExp(`\`\`\`${language} ${name}\n([\\s\\S]*?)\n\`\`\``).exec(page)?.[1]
  if (block === undefined) throw new Error(`docs/numbers.md has no block "${language} ${name}"`)
  return block
}

/** The JSON of a block. */
export const exampleBlock = <Value>(name: string): Value => JSON.parse(textBlock(name, 'json'))

interface HostBlock {
  leads: { email: string; channel: string | null; capturedAt: string }[]
  days: { day: string; visitors: number; leads: number; sources: Record<string, number> }[]
  visits?: HostVisit[]
  refusals?: { id: string; at: string; reason: string; status: number }[]
}

/** Writes leads, visits, daily rollups and refused requests as the host does. A visitor has the address of its lead. */
export const writeHost = async (
  bridge: TestBridge,
  { leads, days, visits = [], refusals = [] }: HostBlock,
): Promise<void> => {
  const { sql } = bridge
  for (const { email, channel, capturedAt } of leads) {
    await sql(
      `INSERT INTO leads (id, email_normalized, source_channel, first_captured_at, last_captured_at)
       VALUES (gen_random_uuid()::text, $1, $2, $3::timestamp, $3::timestamp)`,
      [email, channel, capturedAt],
    )
  }
  for (const one of visits) {
    await visit(bridge, one)
    await identify(bridge, one.visitor, one.visitor)
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

/** The requests of docs/numbers.md, by the word after the language of the block with the response. */
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

/** Its requests after the late event. */
const laterRequests = {
  restatements: `/v1/metrics/restatements?${window}`,
  tenant: `/v1/metrics/tenants/gallery?${window}&limit=2`,
}

/** The responses at the midnight after the example. */
export const askExample = async (): Promise<Record<string, unknown>> => {
  await using bridge = await createExampleBridge()
  const app = await bridge.serve({ now: () => Date.parse('2026-02-10T00:00:00Z') })
  const responses: Record<string, unknown> = {}
  for (const [name, url] of Object.entries(exampleRequests)) responses[name] = await ask(app, url)
  await bridge.send(exampleBlock<SentEvent[]>('late'))
  await rollupDirty(bridge.database, { now: () => Date.parse('2026-02-10T08:30:00Z') })
  await copyTouches(bridge.database, { now: () => Date.parse('2026-02-10T08:30:00Z') })
  const later = await bridge.serve({ now: () => Date.parse('2026-02-10T12:00:00Z') })
  for (const [name, url] of Object.entries(laterRequests)) responses[name] = await ask(later, url)
  return responses
}

/** Its requests in passing, of which it shows an excerpt: when, and what, by the word after the language of the block. */
const askedInPassing = {
  'before the first rollup': {
    at: '2026-02-09T23:00:00Z',
    'usage-before': `service-usage?${window}`,
    'channel-before': `channels/email?${window}`,
  },
  'at the midnight after': {
    at: '2026-02-10T00:00:00Z',
    'first-page': `tenants?${window}&sort=tenantId&order=asc&limit=1`,
    'events-page': 'events?tenantId=gallery&limit=2',
    'tenant-without-a-lead': `tenants/museum?${window}`,
    'cohorts-of-a-channel': 'cohorts?from=2026-02-02&to=2026-02-09&channel=Newsletter',
  },
  'two weeks later': {
    at: '2026-02-24T00:00:00Z',
    'usage-later': 'service-usage?from=2026-02-08&to=2026-02-09&compareTo=true',
  },
  'after a long silence': { at: '2026-03-20T00:00:00Z', 'bridge-later': 'bridge' },
}

/** The responses of which docs/numbers.md shows an excerpt. */
export const askInPassing = async (): Promise<Record<string, unknown>> => {
  await using bridge = await createTestBridge()
  await writeHost(bridge, exampleBlock('host'))
  await bridge.send(exampleEvents())
  const responses: Record<string, unknown> = {}
  for (const { at, ...requests } of Object.values(askedInPassing)) {
    const app = await bridge.serve({ now: () => Date.parse(at) })
    for (const [name, path] of Object.entries(requests))
      responses[name] = await ask(app, `/v1/metrics/${path}`)
    await rollupDirty(bridge.database, { now: () => Date.parse('2026-02-09T23:30:00Z') })
  }
  const again = {
    ...exampleEvents().find(({ id }) => id === 13),
    receivedAt: '2026-02-09T10:05:00Z',
  } as SentEvent
  await bridge.send([again])
  const midnight = await bridge.serve({ now: () => Date.parse('2026-02-10T00:00:00Z') })
  responses['arrived-again'] = await ask(midnight, '/v1/metrics/events?kind=duplicate')
  const heartbeat = exampleBlock<HeartbeatRequest>('heartbeat')
  const proof = exampleBlock<CompletenessProof>('proof')
  await recordProof(
    bridge.database,
    { producer: heartbeat.producer, proof },
    { nowMs: Date.parse('2026-03-19T23:30:00Z') },
  )
  await recordHeartbeat(bridge.database, heartbeat, { nowMs: Date.parse('2026-03-20T00:00:00Z') })
  const app = await bridge.serve({ now: () => Date.parse('2026-03-20T00:01:30Z') })
  return { ...responses, 'bridge-heard': await ask(app, '/v1/metrics/bridge') }
}

/** The responses that are not JSON, by the word after `text`. */
export const askForText = async (): Promise<Record<string, string>> => {
  await using bridge = await createExampleBridge()
  await findDiscrepancies(bridge.database, { now: () => Date.parse('2026-02-09T23:40:00Z') })
  const now = () => Date.parse('2026-02-09T23:45:00Z')
  const app = await bridge.serve({ now, live: { intervalMs: 5 }, openMetrics: { path: '/metrics' } })
  const headers = { 'x-admin-key': adminKey }
  const openMetrics = await app.inject({ url: '/metrics', headers })
  const stream = await fetch(
    `${await app.listen({ host: '127.0.0.1', port: 0 })}/v1/metrics/events?after=2026-02-09T09:30:00.000Z_0`,
    { headers: { ...headers, accept: 'text/event-stream' } },
  )
  let text = ''
  for await (const chunk of stream.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk
    if (text.split('\n\n').length > 2) break
  }
  return { 'open-metrics': openMetrics.body, stream: text }
}
