import { afterEach, expect, test, vi } from 'vitest'
import { startEmitter } from './start-emitter.ts'
import { type StubReply, scan } from './stub-receiver.ts'

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

/** The lines on stderr of an emitter without a logger. */
const start = (reply?: () => StubReply | undefined, options: Parameters<typeof startEmitter>[1] = {}) => {
  const lines: string[] = []
  vi.spyOn(console, 'error').mockImplementation((line: string) => lines.push(line))
  return { lines, ...startEmitter(reply, options) }
}

test('says nothing while nothing goes wrong', async () => {
  const { emitter, lines } = start()
  await emitter.deliver('scan.completed', scan())
  await emitter.close()
  expect(lines).toEqual([])
})

test('says once that the key is wrong, and what to do', async () => {
  vi.useFakeTimers()
  const { emitter, lines } = start(() => ({ status: 401, body: { ok: false, error: 'unauthorized' } }))
  for (let index = 0; index < 30; index += 1) await emitter.emit('scan.completed', scan(`job-${index}`))
  await vi.advanceTimersByTimeAsync(50_000)
  expect(lines).toHaveLength(1)
  expect(lines[0]).toMatch(/^webhook-emitter: The sender is paused: .*Correct adminKey \(ADMIN_API_KEY\)/)
})

test('reports an unavailable receiver with one line at once and one a minute, with the number of failures', async () => {
  vi.useFakeTimers()
  const { emitter, lines } = start(
    () => ({ failure: Object.assign(new Error(), { code: 'ECONNREFUSED' }) }),
    {
      batch: { maxEvents: 1 },
      retry: { delaysMs: Array(200).fill(1000) },
    },
  )
  for (let index = 0; index < 4; index += 1) await emitter.emit('scan.completed', scan(`job-${index}`))
  await vi.advanceTimersByTimeAsync(500)
  expect(lines).toEqual([
    expect.stringMatching(
      /^webhook-emitter: An event could not be delivered and will be tried again .*"error":"ECONNREFUSED"/,
    ),
  ])
  await vi.advanceTimersByTimeAsync(60_000)
  expect(lines).toHaveLength(2)
  expect(Number(/"count":(\d+)/.exec(lines[1] ?? '')?.[1])).toBeGreaterThan(200)
})

test('says which field of which event is wrong, once for each caller that is at fault', async () => {
  const { emitter, lines } = start()
  for (let index = 0; index < 5; index += 1) {
    await emitter.emit('scan.completed', { ...scan(), mediaCount: -1 }).catch(() => {})
    await emitter
      .emit('scan.failed', { tenantId: 'tenant-1', jobId: 'ada@example.com', mediaCount: 1 })
      .catch(() => {})
  }
  expect(lines).toEqual([
    expect.stringMatching(/An event breaks the contract .*"scan\.completed".*"payload\.mediaCount"/),
    expect.stringMatching(/An event breaks the contract .*"scan\.failed".*"payload\.jobId"/),
  ])
  expect(lines.join()).not.toContain('ada@')
  await emitter.close()
  expect(lines).toHaveLength(4)
  expect(lines[2]).toContain('"count":4')
})

test('says that the receiver has refused an event, and why', async () => {
  const issues = [{ path: 'payload.mediaCount', message: 'Expected a number' }]
  const { emitter, lines } = start(
    () => ({ status: 400, body: { ok: false, error: 'invalid_request', issues } }),
    { batch: { maxEvents: 1 } },
  )
  await emitter.deliver('scan.completed', scan())
  expect(lines).toEqual([
    expect.stringMatching(
      /^webhook-emitter: An event will not be delivered .*"refused".*payload\.mediaCount/,
    ),
  ])
  await emitter.close()
})
