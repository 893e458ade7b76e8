import { setTimeout as delay } from 'node:timers/promises'
import { createEmitter } from '@altcontext/webhook-emitter'
import { createSqliteOutbox } from '@altcontext/webhook-emitter/sqlite'

/**
 * A product to be killed: it emits into a SQLite outbox for as long as it lives (`MODE=emit`), or delivers what an
 * earlier one has left (`MODE=drain`). It prints a line for every event that it was told is accepted. The names of its jobs begin with
 * `JOBS`, where several emit in one round. With `NATS_URL` its events travel through a broker.
 */
const { OUTBOX = '', WEBHOOK_URL = '', ADMIN_API_KEY = '', WEBHOOK_SIGNING_SECRET, ROUND = '' } = process.env
const { JOBS = ROUND, MODE, MAX_FILE_BYTES, NATS_URL, PAUSE_MS } = process.env
const way =
  NATS_URL === undefined
    ? { url: WEBHOOK_URL, adminKey: ADMIN_API_KEY, signingSecret: WEBHOOK_SIGNING_SECRET }
    : {
        transport: (await import('@altcontext/webhook-stream')).jetStream({
          servers: NATS_URL.split(','),
          stream: ROUND,
          prefix: ROUND,
          sealingKey: false as const,
        }),
        timeoutMs: 2000,
      }
const emitter = createEmitter({
  ...way,
  // A minute, however slow the machine: events that wait for a long retry are not delivered by the next process.
  retry: { delaysMs: [20, 100, ...Array<number>(120).fill(500)] },
  outbox: createSqliteOutbox({
    path: OUTBOX,
    maxFileBytes: MAX_FILE_BYTES === undefined ? undefined : Number(MAX_FILE_BYTES),
  }),
})
process.stdout.write('ready\n')

const occurredAt = '2026-01-01T00:00:00Z'
let isFull = false
for (let number = 0; MODE === 'emit' && !isFull; number += 10) {
  const receipts = await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      emitter.emit(
        'scan.completed',
        {
          tenantId: ROUND,
          jobId: `${JOBS}-${number + index}`,
          mediaCount: 1,
          identitiesDetected: 2,
          durationMs: 3,
        },
        // Not now: the receiver refuses events that happen days from now, and the clock may be wrong.
        { occurredAt },
      ),
    ),
  )
  if (PAUSE_MS !== undefined) await delay(Number(PAUSE_MS))
  for (const { eventId, status } of receipts) {
    if (status === 'accepted') process.stdout.write(`${eventId}\n`)
    else isFull = true
  }
}
process.stdout.write(isFull ? 'full\n' : '')
const { isComplete } = await emitter.close({ timeoutMs: 30_000 })
process.exitCode = isComplete ? 0 : 1
