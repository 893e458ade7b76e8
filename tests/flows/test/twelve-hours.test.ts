import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeMemoryFolder } from '@altcontext/test-database'
import { createEmitter } from '@altcontext/webhook-emitter'
import { createSqliteOutbox } from '@altcontext/webhook-emitter/sqlite'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

const limit = 300
const minuteMs = 60_000
let folder: string

beforeEach(() => {
  // A disk would be waited for once in each of its minutes.
  folder = makeMemoryFolder() ?? mkdtempSync(join(tmpdir(), 'webhook-night-'))
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'],
  })
})
afterEach(() => {
  vi.useRealTimers()
  rmSync(folder, { recursive: true })
})

/** A receiver of single events that counts as roadmap §6 says: 300 in each minute, and 429 for more. */
const createReceiver = () => {
  const receiver = { isDown: true, stored: new Set<string>(), accepted: [] as number[], refused: 0 }
  const respond = async (request: Request): Promise<Response> => {
    if (receiver.isDown)
      throw Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNREFUSED' } })
    if (/\/(batch|reconcile|heartbeat)$/.test(request.url)) return new Response('', { status: 404 })
    const nowMs = performance.now()
    const windowMs = nowMs - (nowMs % minuteMs)
    if (receiver.accepted.filter((atMs) => atMs >= windowMs).length >= limit) {
      receiver.refused += 1
      const seconds = Math.ceil((windowMs + minuteMs - nowMs) / 1000)
      return new Response('', { status: 429, headers: { 'retry-after': String(seconds) } })
    }
    receiver.accepted.push(nowMs)
    const eventId = request.headers.get('webhook-id') ?? ''
    receiver.stored.add(eventId)
    return Response.json({ ok: true, eventId })
  }
  return { receiver, fetch: respond as typeof globalThis.fetch }
}

test('after twelve hours without a receiver everything arrives, at no more than 300 a minute', async () => {
  const { receiver, fetch } = createReceiver()
  const emitter = createEmitter({
    url: 'https://receiver.example/hooks',
    adminKey: 'k'.repeat(24),
    outbox: createSqliteOutbox({ path: join(folder, 'outbox.db'), pollIntervalMs: 60_000 }),
    fetch,
    // It logs every hour that nothing arrives, which is not tested here.
    logger: { debug() {}, info() {}, warn() {}, error() {} },
  })
  const emitted: string[] = []
  for (let hour = 0; hour < 12; hour += 1) {
    const receipts = await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        emitter.emit('scan.completed', {
          tenantId: 'tenant-1',
          jobId: `job-${hour}-${index}`,
          mediaCount: 1,
          identitiesDetected: 2,
          durationMs: 3,
        }),
      ),
    )
    emitted.push(...receipts.map(({ eventId }) => eventId))
    await vi.advanceTimersByTimeAsync(60 * minuteMs)
  }
  expect(emitter.stats()).toMatchObject({ accepted: 480, delivered: 0, dead: 0, pending: 480 })

  receiver.isDown = false
  // The longest wait that can have begun before the recovery: eight hours and a fifth.
  for (let hour = 0; hour < 10 && emitter.stats().pending > 0; hour += 1) {
    await vi.advanceTimersByTimeAsync(60 * minuteMs)
  }
  expect([...receiver.stored].sort()).toEqual(emitted.sort())
  expect(emitter.stats()).toMatchObject({ accepted: 480, delivered: 480, pending: 0, dead: 0, dropped: {} })
  await emitter.close()
})
