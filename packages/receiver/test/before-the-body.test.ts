import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { adminKey, eventually, path, type ReceiverApp, scanCompleted, useReceiver } from './receiver-app.ts'

const receiver = useReceiver()
const listening = async () => {
  const started = await receiver.start({ maxBodyBytes: 2048 }, (app) => {
    app.post('/of-the-host', async (request) => request.body)
  })
  await started.app.listen({ host: '127.0.0.1', port: 0 })
  return started
}

/** Sends a head and then `body`, and returns all that comes back until `enough` or the end. */
const exchange = async (
  { app }: ReceiverApp,
  headers: Record<string, string>,
  { url = path, body = '', enough }: { url?: string; body?: string; enough: RegExp },
): Promise<{ received: string; isClosed: boolean }> => {
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  await once(socket, 'connect')
  const lines = Object.entries({ host: 'localhost', ...headers }).map(([name, value]) => `${name}: ${value}`)
  socket.write(`POST ${url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`)
  let received = ''
  let isClosed = false
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    received += chunk
    if (enough.test(received)) break
  }
  isClosed = /connection: close/i.test(received)
  socket.destroy()
  return { received, isClosed }
}

const json = { 'content-type': 'application/json' }
const responded = /\r\n\r\n\{.*\}/

describe('before the body', () => {
  test.each([
    ['a gigabyte of JSON', { ...json, 'content-length': '1000000000' }],
    ['an endless body', { ...json, 'transfer-encoding': 'chunked' }],
    ['another content type', { 'content-type': 'text/plain', 'content-length': '1000000000' }],
    ['no readable content type', { 'content-type': '/', 'content-length': '1000000000' }],
    ['no content type', { 'content-length': '1000000000' }],
  ])('a wrong key gets 401 and the connection is closed, with %s announced', async (_what, headers) => {
    const { received, isClosed } = await exchange(
      await listening(),
      { ...headers, 'x-admin-key': 'wrong' },
      { enough: responded },
    )
    expect(received).toMatch(/^HTTP\/1\.1 401 [\s\S]*\{"ok":false,"error":"unauthorized"\}$/)
    expect(isClosed).toBe(true)
  })

  test('a right key that announces too long a body gets 413 before any of it', async () => {
    const { received } = await exchange(
      await listening(),
      { ...json, 'content-length': '2049', 'x-admin-key': adminKey },
      { enough: responded },
    )
    expect(received).toMatch(/^HTTP\/1\.1 413 [\s\S]*\{"ok":false,"error":"payload_too_large"\}$/)
  })

  test('a right key with an endless body gets 413 once maxBodyBytes are exceeded', async () => {
    const { received } = await exchange(
      await listening(),
      { ...json, 'transfer-encoding': 'chunked', 'x-admin-key': adminKey },
      { body: `bb8\r\n${'x'.repeat(3000)}\r\n`, enough: responded },
    )
    expect(received).toMatch(/^HTTP\/1\.1 413 [\s\S]*\{"ok":false,"error":"payload_too_large"\}$/)
  })

  test('a wrong key that asks "Expect: 100-continue" is not told to go on', async () => {
    const { received, isClosed } = await exchange(
      await listening(),
      { ...json, 'content-length': '100', expect: '100-continue', 'x-admin-key': 'wrong' },
      { enough: responded },
    )
    expect(received).toMatch(/^HTTP\/1\.1 401 /)
    expect(isClosed).toBe(true)
  })

  test.each([
    ['with an encoded letter', path.replace('description', 'd%65scription')],
    ['as a whole address', `http://localhost${path}`],
  ])('a wrong key is not told to go on when the path is written %s', async (_how, url) => {
    const { received } = await exchange(
      await listening(),
      { ...json, 'content-length': '100', expect: '100-continue', 'x-admin-key': 'wrong' },
      { url, enough: responded },
    )
    expect(received).toMatch(/^HTTP\/1\.1 401 /)
  })

  test('a right key that asks "Expect: 100-continue" is told to go on, and so is any other route', async () => {
    const started = await listening()
    for (const url of [path, `${path}/batch`, '/of-the-host']) {
      const { received } = await exchange(
        started,
        { ...json, 'content-length': '100', expect: '100-continue', 'x-admin-key': adminKey },
        { url, enough: /\r\n\r\n/ },
      )
      expect(received).toBe('HTTP/1.1 100 Continue\r\n\r\n')
    }
  })

  test('even a short body behind a wrong key closes the connection, whether it comes or not', async () => {
    const { received, isClosed } = await exchange(
      await listening(),
      { ...json, 'content-length': '2', 'x-admin-key': 'wrong' },
      { body: '{}', enough: responded },
    )
    expect(received).toMatch(/^HTTP\/1\.1 401 /)
    expect(isClosed).toBe(true)
  })

  test('a sender that goes away in the middle of its body is a refused request', async () => {
    const started = await listening()
    const socket = connect((started.app.server.address() as AddressInfo).port, '127.0.0.1')
    await once(socket, 'connect')
    const head = { host: 'localhost', ...json, 'content-length': '1000', 'x-admin-key': adminKey }
    const lines = Object.entries(head).map(([name, value]) => `${name}: ${value}`)
    await new Promise((resolve) =>
      socket.write(`POST ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n{"event`, resolve),
    )
    await eventually(() => expect(started.logs()).toContain('incoming request'))
    socket.destroy()
    await eventually(() =>
      expect(started.refused).toMatchObject([{ reason: 'invalid_request', statusCode: 400 }]),
    )
  })

  test('a whole delivery over a socket is stored', async () => {
    const event = scanCompleted()
    const body = JSON.stringify(event)
    const { received } = await exchange(
      await listening(),
      { ...json, 'content-length': String(body.length), 'x-admin-key': adminKey },
      { body, enough: responded },
    )
    expect(received).toMatch(/^HTTP\/1\.1 200 /)
    expect(await receiver.countOf(event.tenantId)).toBe(1)
  })
})
