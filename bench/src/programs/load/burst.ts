import { createEmitter, type Emitter } from '@altcontext/webhook-emitter'
import { benchAdminKey, benchPath } from '../../processes/hand-written-route.ts'
import { readConfig, report } from '../../processes/process-channel.ts'
import { type SampleEvent, sampleEvents } from '../../setup/sample-events.ts'

/** A client with one way to hand an event over and one to wait until all are sent. */
interface Client {
  send(event: SampleEvent): void
  finish(): Promise<unknown>
}

const { url, client, events, maxBatchEvents, stream } = readConfig<{
  /** The address of the receiver, or of a broker. */
  url: string
  client: 'emitter' | 'segment' | 'posthog' | 'stream'
  events: number
  maxBatchEvents?: number
  /** The stream, and the beginning of its subjects. */
  stream?: string
}>()

// Imported only where it is used: modules of the others must not count towards its memory.
const ofEmitter = (emitter: Emitter): Client => ({
  send: ({ eventType, payload, occurredAt }) =>
    void emitter.emit(eventType as 'scan.completed', payload as never, { occurredAt }),
  finish: () => emitter.flush(),
})
const clients = {
  emitter: async (): Promise<Client> =>
    ofEmitter(
      createEmitter({
        url: `${url}${benchPath}`,
        adminKey: benchAdminKey,
        batch: { maxEvents: maxBatchEvents },
      }),
    ),
  stream: async (): Promise<Client> => {
    const { jetStream } = await import('@altcontext/webhook-stream')
    const transport = jetStream({ servers: url.split(','), stream, prefix: stream, sealingKey: false })
    return ofEmitter(createEmitter({ transport }))
  },
  segment: async (): Promise<Client> => {
    const { Analytics } = await import('@segment/analytics-node')
    const analytics = new Analytics({ writeKey: 'bench', host: url, flushAt: 100 })
    return {
      send: ({ eventType, tenantId, payload }) =>
        analytics.track({ event: eventType, userId: tenantId, properties: payload }),
      finish: () => analytics.closeAndFlush(),
    }
  },
  posthog: async (): Promise<Client> => {
    const { PostHog } = await import('posthog-node')
    const posthog = new PostHog('bench', { host: url, flushAt: 100, maxBatchSize: 100, maxQueueSize: events })
    return {
      send: ({ eventType, tenantId, payload }) =>
        posthog.capture({ event: eventType, distinctId: tenantId, properties: payload }),
      finish: () => posthog.shutdown(60_000),
    }
  },
}

const made = sampleEvents({ count: events, kind: 'mixed' })
const { send, finish } = await clients[client]()
const startedMs = performance.now()
const cpuBefore = process.cpuUsage()
for (const event of made) send(event)
await finish()
const seconds = (performance.now() - startedMs) / 1000
const { user, system } = process.cpuUsage(cpuBefore)
report({
  'events/s': events / seconds,
  'CPU \u00b5s/event': (user + system) / events,
  'RSS MB': process.resourceUsage().maxRSS / 1024,
})
