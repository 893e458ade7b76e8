import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createEmitter } from '@altcontext/webhook-emitter'
import { createPostgresOutbox } from '@altcontext/webhook-emitter/postgres'
import { createSqliteOutbox } from '@altcontext/webhook-emitter/sqlite'
import pg from 'pg'
import { readConfig, report } from '../../processes/process-channel.ts'

/** The cost of a process that has nothing to do. */
const { kind, databaseUrl } = readConfig<{ kind: string; databaseUrl: string }>()
const idleMs = 5000
const folder = mkdtempSync(join(tmpdir(), 'bench-outbox-'))
const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 })
const client = await pool.connect()
await client.query('LISTEN nothing')

const openOutbox = () =>
  kind === 'sqlite' ? createSqliteOutbox({ path: join(folder, 'outbox.db') }) : createPostgresOutbox({ pool })
const emitter =
  kind === 'bare'
    ? undefined
    : createEmitter({
        url: 'http://127.0.0.1:9/v1/webhooks/description-service',
        adminKey: 'bench-admin-key-of-32-characters!',
        outbox: openOutbox(),
      })
await emitter?.flush()
// The work after a start is not part of the cost of idling.
await delay(1000)

const before = process.cpuUsage()
await delay(idleMs)
const { user, system } = process.cpuUsage(before)
await emitter?.close()
client.release(true)
await pool.end()
rmSync(folder, { recursive: true })
report({ 'CPU ms/s': (user + system) / idleMs })
