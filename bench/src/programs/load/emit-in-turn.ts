import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createEmitter, createMemoryOutbox, type Outbox } from '@altcontext/webhook-emitter'
import { createPostgresOutbox } from '@altcontext/webhook-emitter/postgres'
import { createSqliteOutbox } from '@altcontext/webhook-emitter/sqlite'
import pg from 'pg'
import { benchAdminKey, benchPath } from '../../processes/hand-written-route.ts'
import { readConfig, report } from '../../processes/process-channel.ts'

/** One event after the other, each when the outbox has taken the one before, as Python's `emit` does. */
const { url, outbox, events, databaseUrl } = readConfig<{
  url: string
  outbox: 'memory' | 'sqlite' | 'postgres'
  events: number
  databaseUrl: string
}>()
const folder = mkdtempSync(join(tmpdir(), 'bench-emitter-'))
const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 })
const outboxes: Record<typeof outbox, () => Outbox> = {
  memory: () => createMemoryOutbox(),
  sqlite: () => createSqliteOutbox({ path: join(folder, 'outbox.db') }),
  postgres: () => createPostgresOutbox({ pool }),
}
const emitter = createEmitter({
  url: `${url}${benchPath}`,
  adminKey: benchAdminKey,
  outbox: outboxes[outbox](),
})
const scan = {
  tenantId: 'tenant-1',
  jobId: 'job-1',
  mediaCount: 20,
  identitiesDetected: 63,
  durationMs: 3200,
}

const startedMs = performance.now()
const startedCpu = process.threadCpuUsage()
for (let emitted = 0; emitted < events; emitted += 1) await emitter.emit('scan.completed', scan)
const acceptedMs = performance.now()
const { user, system } = process.threadCpuUsage(startedCpu)
await emitter.flush({ timeoutMs: 600_000 })
const deliveredMs = performance.now()
await emitter.close()
await pool.end()
rmSync(folder, { recursive: true })
report({
  'accepted/s': (events / (acceptedMs - startedMs)) * 1000,
  '\u00b5s/event': ((acceptedMs - startedMs) / events) * 1000,
  'CPU \u00b5s/event': (user + system) / events,
  'delivered after s': (deliveredMs - startedMs) / 1000,
  'RSS MB': process.resourceUsage().maxRSS / 1024,
})
