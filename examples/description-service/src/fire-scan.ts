import { randomUUID } from 'node:crypto'
import { createEmitterFromEnv } from '@altcontext/webhook-emitter'
import { createSqliteOutbox } from '@altcontext/webhook-emitter/sqlite'

// WEBHOOK_URL and ADMIN_API_KEY name the receiver; events that are not delivered when this program ends wait in the file.
const emitter = createEmitterFromEnv({
  outbox: createSqliteOutbox({ path: process.env.OUTBOX ?? 'webhook-outbox.db' }),
})
const tenantId = process.env.TENANT_ID ?? 'tenant-1'
const jobId = randomUUID()

// One scan, as the job system would report it.
await emitter.emit('scan.completed', {
  tenantId,
  jobId,
  mediaCount: 20,
  identitiesDetected: 63,
  durationMs: 3200,
})
await emitter.emit('cluster.created', {
  tenantId,
  clusterId: randomUUID(),
  identityCount: 12,
  algorithm: 'centroid',
})
await emitter.emit('suggestion.generated', { tenantId, jobId, count: 5 })

const { isComplete, pending } = await emitter.close()
console.log(isComplete ? 'All delivered.' : `${pending} events wait in the outbox.`, emitter.stats())
