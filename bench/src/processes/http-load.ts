import { parseSigningSecret, signWebhook, toWebhookTimestamp } from '@altcontext/webhook-contract'
import { Client } from 'undici'
import { v7 } from 'uuid'
import { benchAdminKey, benchPath } from '../hand-written-route.ts'
import { answer, readConfig } from '../process-channel.ts'
import { type SampleEventsOptions, sampleEvents } from '../sample-events.ts'

/** What {@link runLoad} asks for. */
export interface LoadConfig {
  url: string
  connections: number
  requests: number
  events: Omit<SampleEventsOptions, 'count'>
  /** More than 1: to the batch route. @default 1 */
  batchEvents?: number
  signingSecret?: string | undefined
}

/** Sends prepared requests over keep-alive connections, each as soon as the one before is answered. */
const { url, connections, requests, events, batchEvents = 1, signingSecret } = readConfig<LoadConfig>()
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

const toRequest = (id: string, body: string) => ({
  method: 'POST' as const,
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
  return toRequest(id, JSON.stringify(body))
})

const send = (client: Client, request: (typeof prepared)[number]): Promise<void> =>
  new Promise((resolve, reject) => {
    let status = 0
    client.dispatch(request, {
      onRequestStart: () => {},
      onResponseStart: (_controller, statusCode) => {
        status = statusCode
      },
      onResponseData: () => {},
      onResponseEnd: () => (status === 200 ? resolve() : reject(new Error(`${url} answered ${status}`))),
      onResponseError: (_controller, error) => reject(error),
    })
  })

const waiting = prepared.values()
const latenciesMs: number[] = []
const startedMs = performance.now()
await Promise.all(
  Array.from({ length: connections }, async () => {
    const client = new Client(url)
    for (const request of waiting) {
      const sentMs = performance.now()
      await send(client, request)
      latenciesMs.push(performance.now() - sentMs)
    }
    await client.close()
  }),
)
const seconds = (performance.now() - startedMs) / 1000
latenciesMs.sort((a, b) => a - b)
const percentile = (share: number): number =>
  latenciesMs[Math.ceil(latenciesMs.length * share) - 1] ?? Number.NaN
answer({
  'requests/s': requests / seconds,
  'events/s': (requests * batchEvents) / seconds,
  'p50 ms': percentile(0.5),
  'p99 ms': percentile(0.99),
})
