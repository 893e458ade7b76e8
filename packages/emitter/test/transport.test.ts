import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { type AttemptReport, createEmitter } from '@altcontext/webhook-emitter'
import { afterEach, expect, test, vi } from 'vitest'
import { adminKey, scan } from './stub-receiver.ts'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

const readBody = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

const respondOk = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const body = JSON.parse(await readBody(request)) as { events?: { id: string }[] }
  response.setHeader('content-type', 'application/json')
  response.end(
    JSON.stringify(
      body.events === undefined
        ? { ok: true, eventId: request.headers['webhook-id'] }
        : { ok: true, results: body.events.map(({ id }) => ({ status: 'stored', eventId: id })) },
    ),
  )
}

/** A real server; the first requests get the given responses, the others are stored. */
const serve = async (
  first: RequestListener[] = [],
  timeoutMs = 10_000,
  batch: { maxEvents: number } | undefined = undefined,
) => {
  const sockets = new Set<Socket>()
  const requests: IncomingMessage[] = []
  const server = createServer((request, response) => {
    requests.push(request)
    const listener = first[requests.length - 1] ?? respondOk
    void listener(request, response)
  })
  server.on('connection', (socket) => sockets.add(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closers.push(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const { port } = server.address() as AddressInfo
  const attempts: AttemptReport[] = []
  const emitter = createEmitter({
    url: `http://127.0.0.1:${port}/hooks`,
    adminKey,
    timeoutMs,
    batch,
    retry: { delaysMs: [5, 5, 5] },
    onAttempt: (report) => attempts.push(report),
  })
  closers.push(() => emitter.close({ timeoutMs: 0 }))
  return { emitter, attempts, sockets, requests }
}

test('an event arrives over HTTP with a length, and later ones use the same connection', async () => {
  const { emitter, sockets, requests } = await serve()
  for (let index = 0; index < 5; index += 1) {
    expect(await emitter.deliver('scan.completed', scan(`job-${index}`))).toMatchObject({ status: 'stored' })
  }
  expect(requests[0]?.headers).toMatchObject({
    'content-type': 'application/json',
    'content-length': expect.stringMatching(/^\d+$/),
    'x-admin-key': adminKey,
  })
  expect(sockets.size).toBe(1)
})

test.each([
  ['that never responds', () => {}],
  [
    'that sends headers and never the body',
    (_: IncomingMessage, response: ServerResponse) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.write('{"ok":')
    },
  ],
])('a receiver %s is a timeout, and the event is tried again', async (_, listener) => {
  const { emitter, attempts } = await serve([listener], 500)
  expect(await emitter.deliver('scan.completed', scan())).toMatchObject({ status: 'stored' })
  expect(attempts[0]).toMatchObject({ outcome: 'retry', error: 'timeout' })
})

test('a connection reset before the response is tried again', async () => {
  const { emitter, attempts } = await serve([(request) => request.socket.resetAndDestroy()])
  expect(await emitter.deliver('scan.completed', scan())).toMatchObject({ status: 'stored' })
  expect(attempts[0]).toMatchObject({ outcome: 'retry', error: 'ECONNRESET' })
})

test('a connection reset in the middle of the response is tried again', async () => {
  const { emitter, attempts } = await serve([
    (request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' })
      response.write('{"ok":true,', () => request.socket.resetAndDestroy())
    },
  ])
  expect(await emitter.deliver('scan.completed', scan())).toMatchObject({ status: 'stored' })
  expect(attempts[0]?.outcome).toBe('retry')
})

test('after one connection has gone silent none of the others from that time is used: one attempt is lost, not one for each', async () => {
  const silent = new Set<Socket>()
  const { emitter, attempts, sockets, requests } = await serve(
    Array<RequestListener>(30).fill((request, response) => {
      if (!silent.has(request.socket)) void respondOk(request, response)
    }),
    500,
    { maxEvents: 1 },
  )
  const deliverFour = (round: string) => Promise.all([1, 2, 3, 4].map((n) => deliver(`${round}-${n}`)))
  const deliver = (jobId: string) => emitter.deliver('scan.completed', scan(jobId))
  await deliver('first')
  while (sockets.size < 4) await deliverFour(`warm-${sockets.size}`)
  for (const socket of sockets) silent.add(socket)
  const [before, asked] = [attempts.length, requests.length]
  expect(await deliver('after')).toMatchObject({ status: 'stored' })
  expect(attempts[before]).toMatchObject({ outcome: 'retry', error: 'timeout' })
  // A machine that stands still may lose more attempts, but none to another one of those connections.
  expect(requests.slice(asked).filter(({ socket }) => silent.has(socket))).toHaveLength(1)
})

test('a redirect is not followed', async () => {
  const { emitter, requests } = await serve([
    (_, response) => {
      response.writeHead(302, { location: '/elsewhere' }).end()
    },
  ])
  expect(await emitter.deliver('scan.completed', scan())).toMatchObject({
    status: 'pending',
    reason: 'paused',
  })
  // The first request got the redirect, the second comes to the same address.
  await emitter.flush()
  expect(requests.map(({ url }) => url)).toEqual(['/hooks', '/hooks'])
})

test('a port where nothing listens is ECONNREFUSED', async () => {
  const { emitter, attempts } = await serve()
  await closers.shift()?.()
  expect(await emitter.deliver('scan.completed', scan())).toMatchObject({
    status: 'dead',
    reason: 'exhausted',
  })
  expect(attempts.map(({ error }) => error)).toEqual(Array(4).fill('ECONNREFUSED'))
})

test('error responses are read to the end: 30 refusals need one connection', async () => {
  const refuse: RequestListener = (request, response) => {
    request.resume()
    request.on('end', () => response.writeHead(413).end('x'.repeat(100_000)))
  }
  const { emitter, sockets } = await serve(Array<RequestListener>(30).fill(refuse))
  for (let index = 0; index < 30; index += 1) await emitter.deliver('scan.completed', scan(`job-${index}`))
  expect(emitter.stats().dead).toBe(30)
  expect(sockets.size).toBe(1)
})

test('an endless response is cut off at a megabyte and its socket is freed', async () => {
  let isClosed = false
  const { emitter, attempts } = await serve([
    (request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      const more = (): void => {
        while (!isClosed && response.write('x'.repeat(65_536)));
      }
      response.on('drain', more)
      request.socket.on('close', () => {
        isClosed = true
      })
      more()
    },
  ])
  expect(await emitter.deliver('scan.completed', scan())).toMatchObject({ status: 'stored' })
  expect(attempts[0]?.error).toBe('malformed_response')
  await vi.waitFor(() => expect(isClosed).toBe(true), 60_000)
})

test('20,000 events in one burst arrive, each once', async () => {
  const { emitter, requests } = await serve()
  const receipts = await Promise.all(
    Array.from({ length: 20_000 }, (_, index) => emitter.emit('scan.completed', scan(`job-${index}`))),
  )
  expect(await emitter.flush()).toEqual({ isComplete: true, pending: 0, dropped: 0 })
  expect(emitter.stats()).toMatchObject({ accepted: 20_000, delivered: 20_000 })
  expect(new Set(receipts.map(({ eventId }) => eventId)).size).toBe(20_000)
  expect(requests.length).toBeLessThan(60)
})
