import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { findNatsServer } from '@altcontext/nats-server'
import { createTestDatabase, type TestDatabase } from '@altcontext/test-database'
import { descriptionServiceContract } from '@altcontext/webhook-contract'
import { createEmitter } from '@altcontext/webhook-emitter'
import { fromPg } from '@altcontext/webhook-store'
import { createConsumer, createSealingKeys, readJetStream } from '@altcontext/webhook-stream'
import { parquetReadObjects } from 'hyparquet'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'

vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 })

const scan = {
  tenantId: 'tenant-1',
  jobId: 'job-1',
  mediaCount: 20,
  identitiesDetected: 63,
  durationMs: 3200,
}
const address = 'margaret.hamilton@apollo.example'

describe.skipIf(findNatsServer() === undefined)('with the rights of nats.conf', () => {
  let folder: string
  let server: { child: ChildProcess; url: string }
  let database: TestDatabase
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'altcontext-nats-'))
    const config = join(folder, 'nats.conf')
    const example = readFileSync(new URL('../nats.conf', import.meta.url), 'utf8')
    // A single server, so it has no routes.
    writeFileSync(config, example.replace(/^cluster \{[^}]*\}/m, ''))
    server = await startServer(config, folder)
    database = await createTestDatabase()
  })
  afterAll(async () => {
    server?.child.kill('SIGKILL')
    await database?.drop()
    rmSync(folder, { recursive: true, force: true })
  })

  test('a producer and a consumer do their work, and a warehouse gets every event of its filter and no address', async () => {
    const { publicKey } = await createSealingKeys()
    const file = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text)
      return join(folder, name)
    }
    const emitter = createEmitter({
      transport: readJetStream(
        { replicas: '1', sealingKey: file('public.json', JSON.stringify(publicKey)) },
        {
          NATS_URL: server.url,
          NATS_USER: 'producer',
          NATS_PASSWORD_FILE: file('password', 'producer-word\n'),
        },
        descriptionServiceContract,
      ),
      logger: quiet,
    })
    const consumer = createConsumer({
      servers: server.url.replace('//', '//consumer:consumer-word@'),
      replicas: 1,
      database: fromPg(database.pool),
      logger: quiet,
    })
    try {
      const { status } = await emitter.deliver('scan.completed', scan)
      expect(['stored', 'duplicate']).toContain(status)
      // The consumer has no key: the event stays in its outbox, and in the stream.
      const tenants = ['tenant-2', 'tenant-3']
      const ids = await Promise.all(
        tenants.map(async (tenantId) => {
          const { eventId } = await emitter.emit('tenant.created', { tenantId, email: address })
          return eventId
        }),
      )
      await vi.waitFor(() => expect(consumer.stats().retry).toBeGreaterThanOrEqual(2), 60_000)

      const parquet = join(folder, 'parquet')
      const write = async (): Promise<string[]> => {
        const { stdout } = await promisify(execFile)(
          process.execPath,
          [new URL('../src/parquet-hourly.ts', import.meta.url).pathname, '--once'],
          {
            env: {
              NODE_OPTIONS: '--conditions=@altcontext/source',
              NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
              NATS_URL: server.url,
              NATS_USER: 'warehouse',
              NATS_PASSWORD: 'warehouse-word',
              STREAM_FILTER: 'webhooks.tenant.>',
              PARQUET_FOLDER: parquet,
            },
          },
        )
        return stdout.split('\n').filter(Boolean)
      }
      const [written = ''] = await write()
      const bytes = readFileSync(written)
      const rows = await parquetReadObjects({
        file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength),
      })
      expect(rows.map(({ id }) => id).sort()).toEqual(ids.sort())
      expect(rows[0]).toMatchObject({ event_type: 'tenant.created', occurred_at: expect.any(Date) })
      expect(rows.map(({ tenant_id }) => tenant_id).sort()).toEqual(tenants)
      const all = readdirSync(parquet).map((name) => readFileSync(join(parquet, name)))
      expect(all.some((each) => each.includes(address))).toBe(false)
      expect(readdirSync(parquet).filter((name) => name.endsWith('.part'))).toEqual([])
    } finally {
      await emitter.close({ timeoutMs: 1 })
      await consumer.close()
    }
  })
})

const quiet = { debug() {}, info() {}, warn() {}, error() {} }

const startServer = async (config: string, folder: string): Promise<{ child: ChildProcess; url: string }> => {
  const child = spawn(
    findNatsServer() as string,
    ['--config', config, '--store_dir', folder, '--addr', '127.0.0.1', '--port', '-1'],
    {
      env: {
        PRODUCER_PASSWORD: 'producer-word',
        CONSUMER_PASSWORD: 'consumer-word',
        WAREHOUSE_PASSWORD: 'warehouse-word',
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  )
  const exited = once(child, 'exit')
  let port: string | undefined
  for await (const line of createInterface({ input: child.stderr })) {
    port ??= /client connections on [^ ]*:(\d+)/.exec(line)?.[1]
    if (line.includes('Server is ready')) return { child, url: `nats://127.0.0.1:${port}` }
  }
  throw new Error(`nats-server ended with ${(await exited)[0]}`)
}
