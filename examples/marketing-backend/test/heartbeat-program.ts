import { createEmitter } from '@altcontext/webhook-emitter'
import { createSqliteOutbox } from '@altcontext/webhook-emitter/sqlite'

/** A producer that has nothing to send, and sends a heartbeat every second. With `STOPPED_AT` its clock stands still. */
const { WEBHOOK_URL = '', ADMIN_API_KEY = '', OUTBOX = '', STOPPED_AT } = process.env
const startMs = Date.now()
const startedMs = performance.now()
createEmitter({
  url: WEBHOOK_URL,
  adminKey: ADMIN_API_KEY,
  outbox: createSqliteOutbox({ path: OUTBOX }),
  completeness: { heartbeatIntervalMs: 1000 },
  now: () => (STOPPED_AT === undefined ? startMs + performance.now() - startedMs : Number(STOPPED_AT)),
})
setInterval(() => {}, 60_000)
process.stdout.write('ready\n')
