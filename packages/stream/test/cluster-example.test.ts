import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { findNatsServer } from '@altcontext/nats-server'
import { createTestDatabase } from '@altcontext/test-database'
import { descriptionServiceContract } from '@altcontext/webhook-contract'
import { createEmitter } from '@altcontext/webhook-emitter'
import { fromPg } from '@altcontext/webhook-store'
import { createConsumer, readJetStream } from '@altcontext/webhook-stream'
import { expect, test } from 'vitest'
import { hasNatsServer, scan } from './stream-bench.ts'

test.skipIf(!hasNatsServer())(
  'producer and consumer do with the rights that nats.conf of examples/cluster gives them',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'altcontext-nats-'))
    const config = join(folder, 'nats.conf')
    const example = readFileSync(new URL('../../../examples/cluster/nats.conf', import.meta.url), 'utf8')
    // One server alone: it has no routes, and another place for its data.
    writeFileSync(
      config,
      example
        .replace('store_dir: /data', `store_dir: ${JSON.stringify(folder)}`)
        .replace(/^cluster \{[^}]*\}/m, ''),
    )
    const { child, url } = await startServer(config)
    await using database = await createTestDatabase()
    const consumer = createConsumer({
      servers: url.replace('//', '//consumer:consumer-word@'),
      replicas: 1,
      database: fromPg(database.pool),
    })
    const password = join(folder, 'password')
    writeFileSync(password, 'producer-word\n')
    const variables = { NATS_URL: url, NATS_USER: 'producer', NATS_PASSWORD_FILE: password }
    const emitter = createEmitter({
      transport: readJetStream({ replicas: '1', sealingKey: 'none' }, variables, descriptionServiceContract),
    })
    try {
      const { status } = await emitter.deliver('scan.completed', scan())
      expect(['stored', 'duplicate']).toContain(status)
    } finally {
      await emitter.close()
      await consumer.close()
      child.kill('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    }
  },
)

const startServer = async (config: string): Promise<{ child: ChildProcess; url: string }> => {
  const child = spawn(
    findNatsServer() as string,
    ['--config', config, '--addr', '127.0.0.1', '--port', '-1'],
    {
      env: { PRODUCER_PASSWORD: 'producer-word', CONSUMER_PASSWORD: 'consumer-word' },
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
