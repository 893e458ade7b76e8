import { createEmitter } from '@altcontext/webhook-emitter'
import { benchAdminKey, benchPath } from '../../processes/hand-written-route.ts'
import { readConfig, report } from '../../processes/process-channel.ts'
import { sampleEvents } from '../../setup/sample-events.ts'

/** One event after the other, each when the one before has its response: with the emitter, or with `fetch` alone. */
const { baseUrl, client, events } = readConfig<{
  baseUrl: string
  client: 'emitter' | 'fetch'
  events: number
}>()
const url = `${baseUrl}${benchPath}`
const emitter = createEmitter({ url, adminKey: benchAdminKey })

const sendOne = {
  emitter: async ({ payload, occurredAt }: ReturnType<typeof sampleEvents>[number]): Promise<void> => {
    await emitter.deliver('scan.completed', payload as never, { occurredAt })
  },
  fetch: async ({ id, ...event }: ReturnType<typeof sampleEvents>[number]): Promise<void> => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-admin-key': benchAdminKey, 'webhook-id': id },
      body: JSON.stringify(event),
    })
    await response.json()
  },
}[client]

const warmUp = 200
const latenciesMs: number[] = []
for (const [index, event] of sampleEvents({ count: warmUp + events, kind: 'scan.completed' }).entries()) {
  const sentMs = performance.now()
  await sendOne(event)
  if (index >= warmUp) latenciesMs.push(performance.now() - sentMs)
}
latenciesMs.sort((a, b) => a - b)
report({
  'p50 ms': latenciesMs[latenciesMs.length >> 1],
  'p99 ms': latenciesMs[Math.floor(latenciesMs.length * 0.99)],
})
