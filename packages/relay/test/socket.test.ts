import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRelay, type Relay, resolveRelayOptions } from '@altcontext/webhook-relay'
import { afterEach, beforeEach, expect, test } from 'vitest'

let folder: string
let socketPath: string
let relay: Relay | undefined
const start = async (more: Record<string, string> = {}): Promise<Relay> => {
  relay = await createRelay(
    resolveRelayOptions(
      { socket: socketPath, logLevel: 'silent' },
      {
        WEBHOOK_URL: 'http://127.0.0.1:9/hooks',
        ADMIN_API_KEY: 'relay-test-key-of-32-characters!',
        RELAY_OUTBOX: join(folder, 'outbox.db'),
        RELAY_SHUTDOWN_TIMEOUT: '100ms',
        ...more,
      },
    ),
  )
  return relay
}
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'relay-socket-'))
  socketPath = join(folder, 'relay.sock')
})
afterEach(async () => {
  await relay?.close()
  relay = undefined
  rmSync(folder, { recursive: true })
})

const send = async (headers: Record<string, string> = {}): Promise<number> => {
  const sent = request({
    socketPath,
    path: '/events',
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
  })
  sent.end(
    JSON.stringify({
      eventType: 'apikey.created',
      tenantId: 'tenant-1',
      occurredAt: '2026-02-13T12:00:00Z',
      payload: { keyPrefix: 'ac_live' },
    }),
  )
  const [response] = await once(sent, 'response')
  response.resume()
  return response.statusCode
}

test('takes events on a socket for its owner and group, under any host name, and removes it at the end', async () => {
  const { url } = await start()
  expect(url).toBe(`http://unix:${socketPath}:`)
  expect(statSync(socketPath).mode & 0o777).toBe(0o660)
  expect(await send({ host: 'relay' })).toBe(202)
  expect(await send({ origin: 'https://evil.example' })).toBe(403)
  await relay?.close()
  expect(statSync(socketPath, { throwIfNoEntry: false })).toBeUndefined()
})

test('requires the token there too, if there is one, and limits wrong ones', async () => {
  const token = 'a-token-of-the-producers'
  await start({ RELAY_TOKEN: token })
  const statuses = await Promise.all(
    Array.from({ length: 12 }, () => send({ authorization: 'Bearer wrong' })),
  )
  expect(statuses.toSorted()).toEqual([...Array(10).fill(401), 429, 429])
  expect(await send({ authorization: `Bearer ${token}` })).toBe(202)
})

test('replaces the socket of a relay that was killed, and refuses one in use, a file and a symbolic link', async () => {
  const other = createServer().listen(socketPath)
  await once(other, 'listening')
  await expect(start()).rejects.toMatchObject({
    code: 'invalid_options',
    message: `Failed to listen: ${socketPath} is in use. Stop what listens there, or give another path.`,
  })
  other.close()
  await once(other, 'close')
  writeFileSync(socketPath, '')
  const noSocket = `Failed to listen: ${socketPath} exists and is not a socket. Give another path.`
  await expect(start()).rejects.toMatchObject({ message: noSocket })
  rmSync(socketPath)
  symlinkSync('/nowhere', socketPath)
  await expect(start()).rejects.toMatchObject({ message: noSocket })
})

test('refuses a host or a port beside the socket', () => {
  const env = { WEBHOOK_URL: 'http://127.0.0.1:9/hooks', ADMIN_API_KEY: 'relay-test-key-of-32-characters!' }
  expect(() => resolveRelayOptions({ socket: '/run/relay.sock', port: '4600' }, env)).toThrow(
    'RELAY_PORT is given together with RELAY_SOCKET, expected one of them',
  )
})
