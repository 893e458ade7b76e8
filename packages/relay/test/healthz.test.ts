import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestDatabase, startSilentProxy } from '@altcontext/test-database'
import { migratePostgresOutbox } from '@altcontext/webhook-emitter/postgres'
import { createRelay, resolveRelayOptions } from '@altcontext/webhook-relay'
import pino from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startRelayProcess } from './start-relay-process.ts'

let folder: string
let env: Record<string, string>
let stop: (() => Promise<unknown>) | undefined
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'webhook-relay-'))
  env = {
    // Nobody listens there: events that are taken wait.
    WEBHOOK_URL: 'http://127.0.0.1:9/hooks',
    ADMIN_API_KEY: 'relay-test-key-of-32-characters!',
    RELAY_OUTBOX: join(folder, 'outbox.db'),
    RELAY_SHUTDOWN_TIMEOUT: '100ms',
  }
})
afterEach(async () => {
  await stop?.()
  stop = undefined
  rmSync(folder, { recursive: true })
})

/** In a process of its own only with a `node` that its process is started by. */
const start = async (node?: string) => {
  const { url, log } = node === undefined ? await startHere() : await startElsewhere(node)
  const origin = new URL(url).origin
  return {
    log,
    health: async () => {
      const response = await fetch(`${origin}/healthz`)
      return { status: response.status, ...((await response.json()) as object) }
    },
    post: async () => (await fetch(`${origin}/events`, { method: 'POST', ...event() })).status,
  }
}
const startHere = async () => {
  const log: Record<string, unknown>[] = []
  const logger = pino({}, { write: (line: string) => void log.push(JSON.parse(line)) })
  const relay = await createRelay(resolveRelayOptions({ port: '0' }, env), { logger })
  stop = () => relay.close()
  return { url: relay.url, log }
}
const startElsewhere = async (node: string) => {
  const relay = await startRelayProcess(env, node)
  stop = () => relay.stop('SIGKILL')
  return relay
}
const event = () => ({
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({
    id: randomUUID(),
    eventType: 'apikey.created',
    tenantId: 'tenant-1',
    occurredAt: '2026-02-13T12:00:00Z',
    payload: { keyPrefix: 'ac_live_4f' },
  }),
})
const failure = (reason: string) => ({ status: 503, ok: false, error: 'outbox_failed', reason })

describe('GET /healthz, and the intake', () => {
  test.each([
    ['', 'files_deleted'],
    ['-wal', 'files_deleted'],
    ['-shm', 'files_deleted'],
    ['.lock', 'lock_lost'],
  ])('say at once that "outbox.db%s" was deleted under the relay', async (suffix, reason) => {
    const { health, post, log } = await start()
    expect(await post()).toBe(202)
    expect(await health()).toEqual({ status: 200, ok: true })
    rmSync(`${env.RELAY_OUTBOX}${suffix}`)
    expect(await post()).toBe(503)
    expect(await health()).toEqual(failure(reason))
    for (let more = 0; more < 50; more += 1) expect(await post()).toBe(503)
    const lines = log.filter(({ reason: logged }) => logged === reason)
    expect(lines).toHaveLength(1)
    expect(lines[0]?.detail).toContain(`${env.RELAY_OUTBOX}${suffix}`)
  })

  test('say that another file has replaced the outbox', async () => {
    const { health, post } = await start()
    writeFileSync(join(folder, 'other.db'), '')
    renameSync(join(folder, 'other.db'), env.RELAY_OUTBOX ?? '')
    expect(await post()).toBe(503)
    expect(await health()).toEqual(failure('files_deleted'))
  })

  test('say that the database is gone', async () => {
    await using database = await createTestDatabase()
    const proxy = await startSilentProxy(database.url)
    env = { ...env, RELAY_OUTBOX: proxy.url }
    const { health, post, log } = await start()
    expect(await health()).toEqual({ status: 200, ok: true })
    await proxy.close()
    expect(await health()).toEqual(failure('database_gone'))
    expect(await post()).toBe(503)
    expect(log.filter(({ operation }) => operation === 'accept' || operation === 'check')).toHaveLength(1)
    await stop?.()
  })

  test('say that this process may not write any more', async () => {
    const limited = join(folder, 'limited-node')
    writeFileSync(limited, `#!/bin/bash\ntrap '' XFSZ\nulimit -f 300\nexec ${process.execPath} "$@"\n`, {
      mode: 0o700,
    })
    const { health, post, log } = await start(limited)
    let status = await post()
    for (let more = 0; more < 500 && status === 202; more += 1) status = await post()
    expect(status).toBe(503)
    expect(await health()).toEqual({ status: 503, ok: false, error: 'outbox_failed' })
    expect(JSON.stringify(log)).toContain(
      `SQLITE_IOERR, disk I/O error; the file is ${env.RELAY_OUTBOX}, with `,
    )
  })

  test.skipIf(!canMount())('say that the disk is full, and recover when there is room', async () => {
    mount(folder)
    try {
      const { health, post, log } = await start()
      expect(await post()).toBe(202)
      expect(await health()).toEqual({ status: 200, ok: true })
      fillUp(join(folder, 'filler'))
      expect(await health()).toEqual(failure('disk_full'))
      let status = await post()
      for (let more = 0; more < 200 && status === 202; more += 1) status = await post()
      expect(status).toBe(503)
      expect(log.filter(({ reason }) => reason === 'disk_full')).toHaveLength(1)
      expect(JSON.stringify(log)).toMatch(
        /SQLITE_FULL, database or disk is full; the file is .*, with \d+ KiB free/,
      )
      rmSync(join(folder, 'filler'))
      expect(await health()).toEqual({ status: 200, ok: true })
      expect(await post()).toBe(202)
    } finally {
      await stop?.()
      execFileSync('umount', [folder])
    }
  })

  test.skipIf(!canMount())(
    'say that the disk of the database is full, and recover when there is room',
    async () => {
      await using database = await createTestDatabase()
      await migratePostgresOutbox({ pool: database.pool })
      const { rows } = await database.pool.query('SHOW data_directory')
      const { uid, gid } = statSync(rows[0].data_directory)
      const disk = mkdtempSync(join(tmpdir(), 'webhook-tablespace-'))
      const name = `small_${randomUUID().replaceAll('-', '')}`
      mount(disk, `size=4m,mode=700,uid=${uid},gid=${gid}`)
      try {
        await database.pool.query(`CREATE TABLESPACE ${name} LOCATION '${disk}'`)
        await database.pool.query(`ALTER TABLE webhook_outbox SET TABLESPACE ${name}`)
        env = { ...env, RELAY_OUTBOX: database.url }
        const { health, post, log } = await start()
        expect(await post()).toBe(202)
        expect(await health()).toEqual({ status: 200, ok: true })
        fillUp(join(disk, 'filler'))
        let status = await post()
        for (let more = 0; more < 500 && status === 202; more += 1) status = await post()
        expect(status).toBe(503)
        expect(await health()).toEqual(failure('disk_full'))
        // Failures of the sender while it settles have a line of their own.
        const lines = log.filter(({ operation }) => operation === 'accept' || operation === 'check')
        expect(lines).toMatchObject([{ reason: 'disk_full' }])
        rmSync(join(disk, 'filler'))
        expect(await health()).toEqual({ status: 200, ok: true })
        expect(await post()).toBe(202)
      } finally {
        await stop?.()
        await database.pool.query('DROP TABLE webhook_outbox CASCADE')
        await database.pool.query(`DROP TABLESPACE ${name}`)
        // A process of the server may hold a file of it for a moment still.
        execFileSync('umount', ['--lazy', disk])
        rmSync(disk, { recursive: true })
      }
    },
  )
})

function mount(path: string, options = 'size=4m'): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path], { stdio: 'ignore' })
}

/** A file system of a few MiB needs root, which a developer's machine does not give; CI does. */
function canMount(): boolean {
  const path = mkdtempSync(join(tmpdir(), 'webhook-mount-'))
  try {
    mount(path)
    execFileSync('umount', [path])
    return true
  } catch {
    return false
  } finally {
    rmSync(path, { recursive: true })
  }
}

function fillUp(path: string): void {
  expect(() => writeFileSync(path, Buffer.alloc(8_388_608))).toThrow('ENOSPC')
}
