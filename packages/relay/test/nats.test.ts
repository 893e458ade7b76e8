import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findNatsServer, startNatsServer } from '@altcontext/nats-server'
import { createTestDatabase } from '@altcontext/test-database'
import { fromPg } from '@altcontext/webhook-store'
import { createConsumer, createSealingKeys } from '@altcontext/webhook-stream'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { runRelay } from './run-relay.ts'
import { runRelayCommand, startRelayProcess } from './start-relay-process.ts'

vi.setConfig({ testTimeout: 90_000 })

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'webhook-relay-nats-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

describe.skipIf(findNatsServer() === undefined)('webhook-relay serve --nats', () => {
  test('sends what it has taken through the broker, also after kill -9, and settles it by the receipt of a consumer', async () => {
    await using database = await createTestDatabase()
    const server = await startNatsServer()
    const { publicKey, privateKey } = await createSealingKeys()
    const env = {
      NATS_URL_FILE: file('nats-url', server.url),
      STREAM_SEALING_KEY: file('public.json', JSON.stringify(publicKey)),
      STREAM_REPLICAS: '1',
      RELAY_OUTBOX: join(folder, 'outbox.db'),
    }
    const killed = await startRelayProcess(env)
    const event = (tenantId: string) => ({
      eventType: 'tenant.created',
      tenantId,
      occurredAt: '2026-02-13T12:00:00Z',
      payload: { email: 'ada@private.example' },
    })
    const post = async (url: string, tenantId: string): Promise<string> => {
      const headers = { 'content-type': 'application/json' }
      const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(event(tenantId)) })
      return ((await response.json()) as { eventId: string }).eventId
    }
    const before = await post(killed.url, 'before')
    await killed.stop('SIGKILL')
    const relay = await startRelayProcess(env)
    const after = await post(relay.url, 'after')
    const consumer = createConsumer({
      servers: server.url,
      replicas: 1,
      database: fromPg(database.pool),
      openingKeys: [privateKey],
    })
    try {
      expect(relay.log.at(-1)).toMatchObject({ msg: 'The relay takes events', carrier: 'nats' })
      await vi.waitFor(
        async () => {
          const { output } = await runRelay(['status', '--json'], env)
          expect(JSON.parse(output)).toMatchObject({ accepted: 2, pending: 0, dead: 0 })
        },
        { timeout: 60_000, interval: 250 },
      )
      const { rows } = await database.pool.query('SELECT id FROM tenant_events ORDER BY id')
      expect(rows.map(({ id }) => id)).toEqual([before, after].sort())
      expect(await relay.stop()).toBe(0)
      expect(JSON.stringify([killed.log, relay.log])).not.toContain('ada@')
    } finally {
      await relay.stop('SIGKILL')
      await consumer.close()
      await server.stop()
    }
  })
})

describe('webhook-relay serve refuses, in one sentence,', () => {
  const env = () => ({
    NATS_URL: 'nats://127.0.0.1:4222',
    RELAY_PORT: '0',
    RELAY_OUTBOX: join(folder, 'outbox.db'),
  })

  test('to send through NATS without the package for it', async () => {
    // As Node fails where it is not installed.
    const hook = `import { registerHooks } from 'node:module'
registerHooks({
  resolve: (name, context, next) =>
    next(name, name === '@altcontext/webhook-stream' ? { ...context, parentURL: 'file:///nowhere/' } : context),
})`
    const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(hook)}`
    const { code, errors } = await runRelayCommand(['serve'], { ...env(), NODE_OPTIONS })
    expect(errors).toContain(
      'Failed to start the relay: NATS_URL or --nats is given, but the package @altcontext/webhook-stream is not installed. Install it next to the relay: npm install --global @altcontext/webhook-stream, without --global in a project.',
    )
    expect(code).toBe(2)
  })

  test.each<[string, Record<string, string>, string[], string]>([
    [
      'to leave addresses on a broker by oversight',
      {},
      [],
      'STREAM_SEALING_KEY is missing, and events of the contract have private fields; give the path of the public key that "webhook-stream keys" wrote, or "none" to leave those fields out',
    ],
    [
      'a private key to seal with',
      {},
      ['--sealing-key', 'private.json'],
      'STREAM_SEALING_KEY names a file that holds no public key',
    ],
    [
      'a password in a flag',
      {},
      ['--nats', 'nats://me:hush@h', '--sealing-key', 'none'],
      '--nats holds a user name or a password, and other users can see command lines',
    ],
    [
      'an address of something else',
      { NATS_URL: 'http://me:hush@h' },
      ['--sealing-key', 'none'],
      'servers[0] is not an address of a broker, expected nats://host:4222',
    ],
    [
      'a receiver without its key',
      { WEBHOOK_URL: 'https://receiver.example' },
      ['--sealing-key', 'none'],
      'ADMIN_API_KEY is missing',
    ],
    [
      'a password that is given twice',
      { NATS_PASSWORD: 'hush', NATS_PASSWORD_FILE: '/run/secrets/nats' },
      [],
      'NATS_PASSWORD and NATS_PASSWORD_FILE are given, expected one of them',
    ],
  ])('%s', async (_what, more, flags, words) => {
    const { privateKey } = await createSealingKeys()
    const args = flags.map((flag) =>
      flag === 'private.json' ? file(flag, JSON.stringify(privateKey)) : flag,
    )
    const { code, errors } = await runRelay(['serve', ...args], { ...env(), ...more })
    expect(errors).toContain(words)
    expect(errors).not.toContain('hush')
    expect(errors.trim()).not.toContain('\n')
    expect(code).toBe(2)
  })
})
