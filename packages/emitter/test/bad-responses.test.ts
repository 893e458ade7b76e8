import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { type AttemptReport, createEmitter } from '@altcontext/webhook-emitter'
import { afterAll, expect, test } from 'vitest'
import { badResponses } from './bad-responses.ts'
import { adminKey, scan } from './stub-receiver.ts'

const closers: (() => Promise<unknown>)[] = []
afterAll(async () => {
  for (const close of closers.splice(0)) await close()
})

const timeoutMs = 600
// The extra time that a busy machine may take; any figure finds a request that hangs.
const slackMs = 20_000

/** Plain sockets: each request is read whole, and `respond`, which knows no HTTP, responds to it. */
const serve = async (respond: (socket: Socket, request: string, count: number) => void) => {
  const sockets = new Set<Socket>()
  let count = 0
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    let received = ''
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1')
      const end = received.indexOf('\r\n\r\n')
      const length = Number(/content-length: (\d+)/i.exec(received)?.[1] ?? 0)
      if (end === -1 || received.length < end + 4 + length) return
      const request = received
      received = ''
      count += 1
      respond(socket, request, count)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closers.push(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`, sockets }
}

const storedResponse = (request: string): string => {
  const eventId = /webhook-id: (\S+)/i.exec(request)?.[1]
  const body = JSON.stringify({ ok: true, eventId })
  return `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
}

/** With a time-out of half a minute where time-outs are not the subject: a machine that stands still would cause a shorter one. */
const start = (url: string, fetch: typeof globalThis.fetch | undefined, timeoutMs = 30_000) => {
  const attempts: AttemptReport[] = []
  const emitter = createEmitter({
    url,
    adminKey,
    fetch,
    timeoutMs,
    maxConcurrentRequests: 1,
    // A busy machine may need many time-outs for the good response too.
    retry: { delaysMs: Array(40).fill(1) },
    onAttempt: (report) => attempts.push(report),
  })
  closers.unshift(() => emitter.close({ timeoutMs: 0 }))
  return { emitter, attempts }
}

const transports = [
  ["Node's HTTP client", undefined],
  ['the portable transport', globalThis.fetch],
] as const

test('the table holds at least 40 bad responses, each with a name of its own', () => {
  expect(new Set(badResponses.map(({ title }) => title)).size).toBe(badResponses.length)
  expect(badResponses.length).toBeGreaterThanOrEqual(40)
})

for (const [name, fetch] of transports) {
  test.concurrent.each(badResponses)(
    `${name} ends the request within its time-out and frees the slot: $title`,
    async ({ respond }) => {
      const { url } = await serve((socket, request, count) => {
        if (count === 1) respond(socket)
        else socket.write(storedResponse(request))
      })
      const { emitter, attempts } = start(url, fetch, timeoutMs)
      const outcome = await emitter.deliver('scan.completed', scan())
      // There is one slot: if the first request still held it, nothing would be stored.
      expect(outcome.status).toBe('stored')
      expect(attempts[0]?.outcome).toBe('retry')
      expect(attempts.at(-1)?.outcome).toBe('stored')
      expect(attempts[0]?.durationMs).toBeLessThan(timeoutMs + slackMs)
      expect(await emitter.close()).toMatchObject({ isComplete: true })
    },
  )

  test(`${name}: four responses of 101 do not fill four slots, and close() returns`, async () => {
    const { url } = await serve((socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n'))
    const emitter = createEmitter({
      url,
      adminKey,
      fetch,
      timeoutMs,
      maxConcurrentRequests: 4,
      batch: { maxEvents: 1 },
      retry: { delaysMs: [1] },
    })
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, (_, index) => emitter.deliver('scan.completed', scan(`job-${index}`))),
    )
    expect(outcomes.map(({ status }) => status)).toEqual(Array(8).fill('dead'))
    expect(await emitter.close()).toMatchObject({ isComplete: true })
  })
}

test('a transport that forgets its request does not keep the slot', async () => {
  let calls = 0
  const { emitter, attempts } = start(
    'https://receiver.example/hooks',
    (async (input: Request) => {
      calls += 1
      // Neither a response nor an error, not even after the abort.
      if (calls === 1) return await new Promise<Response>(() => {})
      return Response.json({ ok: true, eventId: input.headers.get('webhook-id') })
    }) as typeof globalThis.fetch,
    timeoutMs,
  )
  expect(await emitter.deliver('scan.completed', scan())).toMatchObject({ status: 'stored' })
  expect(attempts[0]?.error).toBe('timeout')
})

test.each(['ends', 'resets'])(
  'a kept connection that the other side %s under a request costs no attempt: it goes out once more, at once',
  async (manner) => {
    const requests: Socket[] = []
    const { url, sockets } = await serve((socket, request) => {
      const isReused = requests.includes(socket)
      requests.push(socket)
      if (!isReused) socket.write(storedResponse(request))
      else if (manner === 'ends') socket.end()
      else socket.resetAndDestroy()
    })
    const { emitter, attempts } = start(url, undefined)
    expect(await emitter.deliver('scan.completed', scan('job-1'))).toMatchObject({ status: 'stored' })
    expect(await emitter.deliver('scan.completed', scan('job-2'))).toMatchObject({ status: 'stored' })
    expect(attempts.map(({ outcome, attempt }) => [outcome, attempt])).toEqual([
      ['stored', 1],
      ['stored', 1],
    ])
    expect(requests).toHaveLength(3)
    expect(sockets.size).toBe(2)
  },
)

test('a kept connection that breaks after the first byte of a response is a failed attempt', async () => {
  const seen = new Set<Socket>()
  const { url } = await serve((socket, request) => {
    const isReused = seen.has(socket)
    seen.add(socket)
    if (isReused) socket.write('HTTP', () => socket.resetAndDestroy())
    else socket.write(storedResponse(request))
  })
  const { emitter, attempts } = start(url, undefined)
  await emitter.deliver('scan.completed', scan('job-1'))
  await emitter.deliver('scan.completed', scan('job-2'))
  expect(attempts.map(({ outcome }) => outcome)).toEqual(['stored', 'retry', 'stored'])
})

test('a fresh connection that breaks is a failed attempt, and is tried only once', async () => {
  let requests = 0
  const { url } = await serve((socket, request, count) => {
    requests = count
    if (count === 1) socket.resetAndDestroy()
    else socket.write(storedResponse(request))
  })
  const { emitter, attempts } = start(url, undefined)
  await emitter.deliver('scan.completed', scan())
  expect(attempts.map(({ outcome, error }) => [outcome, error])).toEqual([
    ['retry', 'ECONNRESET'],
    ['stored', undefined],
  ])
  expect(requests).toBe(2)
})
