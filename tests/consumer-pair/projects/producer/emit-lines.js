import { createInterface } from 'node:readline'
import { createEmitterFromEnv } from '@altcontext/webhook-emitter'

// The product's emitter behind a command, as the contract tests require it: events are lines of JSON.
const delaysMs = (process.env.RETRY_DELAYS_MS ?? '1000,5000,30000').split(',').map(Number)
const emitter = createEmitterFromEnv({ retry: { delaysMs }, timeoutMs: 4000 })
for await (const line of createInterface({ input: process.stdin })) {
  const { eventType, tenantId, occurredAt, payload } = JSON.parse(line)
  emitter
    .emit(eventType, { tenantId, ...payload }, { occurredAt })
    .catch((error) => console.error(error.code))
}
await emitter.close({ timeoutMs: 9000 })
