import { createInterface } from 'node:readline'
import { createEmitterFromEnv } from '@altcontext/webhook-emitter'
import { contract } from '../contract.js'

// The shop's emitter behind a command, as the contract tests require it: events are lines of JSON.
const emitter = createEmitterFromEnv({ contract, retry: { delaysMs: [300, 600, 900] }, timeoutMs: 4000 })
for await (const line of createInterface({ input: process.stdin })) {
  const { eventType, occurredAt, payload } = JSON.parse(line)
  emitter.emit(eventType, payload, { occurredAt }).catch(({ code }) => console.error(code))
}
await emitter.close({ timeoutMs: 9000 })
