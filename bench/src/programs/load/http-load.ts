import { parseSigningSecret, signWebhook, toWebhookTimestamp } from '@altcontext/webhook-contract'
import { v7 } from 'uuid'
import { benchAdminKey, benchPath } from '../../processes/hand-written-route.ts'
import { openHttpConnection, toRequestBytes } from '../../processes/http-connection.ts'
import { readConfig, report } from '../../processes/process-channel.ts'
import type { LoadConfig } from '../../processes/run-load.ts'
import { sampleEvents } from '../../setup/sample-events.ts'

/** Sends prepared requests over keep-alive connections, each as soon as the one before has its response. */
const {
  url,
  connections,
  requests,
  events,
  batchEvents = 1,
  signingSecret,
  producer,
  toleratesRefusals,
} = readConfig<LoadConfig>()
const signingKey = signingSecret === undefined ? undefined : parseSigningSecret(signingSecret)

const signed = (id: string, body: string): Record<string, string> => {
  if (signingKey === undefined) return { 'webhook-id': id }
  const timestamp = toWebhookTimestamp(Date.now())
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signWebhook({ id, timestamp, body }, signingKey),
  }
}

const toRequest = (id: string, body: string): Buffer =>
  toRequestBytes(url, {
    path: batchEvents === 1 ? benchPath : `${benchPath}/batch`,
    headers: { 'content-type': 'application/json', 'x-admin-key': benchAdminKey, ...signed(id, body) },
    body,
  })

const made = sampleEvents({ ...events, count: requests * batchEvents })
const prepared = Array.from({ length: requests }, (_, index) => {
  const batch = made.slice(index * batchEvents, (index + 1) * batchEvents)
  const [only] = batch
  if (batchEvents > 1 || only === undefined) return toRequest(v7(), JSON.stringify({ events: batch }))
  const { id, ...body } = only
  return toRequest(id, JSON.stringify({ producer, ...body }))
})

const waiting = prepared.values()
const latenciesMs: number[] = []
const opened = await Promise.all(Array.from({ length: connections }, () => openHttpConnection(url)))
const startedMs = performance.now()
await Promise.all(
  opened.map(async (connection) => {
    for (const request of waiting) {
      const sentMs = performance.now()
      const status = await connection.send(request)
      if (status !== 200 && toleratesRefusals) continue
      if (status !== 200) throw new Error(`${url} responded with ${status}`)
      latenciesMs.push(performance.now() - sentMs)
    }
    connection.close()
  }),
)
const seconds = (performance.now() - startedMs) / 1000
latenciesMs.sort((a, b) => a - b)
const percentile = (share: number): number =>
  latenciesMs[Math.ceil(latenciesMs.length * share) - 1] ?? Number.NaN
report({
  'requests/s': requests / seconds,
  'events/s': (requests * batchEvents) / seconds,
  'p50 ms': percentile(0.5),
  'p99 ms': percentile(0.99),
  'in 1 s %': (latenciesMs.filter((ms) => ms <= 1000).length / requests) * 100,
})
