import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@altcontext/embedded-database'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'

let dataDir: string
const emptyClusters = join(import.meta.dirname, '../../../.cache/empty-clusters')

const makeHome = (): string => {
  const home = mkdtempSync(join(tmpdir(), 'altcontext-embedded-'))
  chmodSync(home, 0o711)
  return home
}

beforeEach(() => {
  dataDir = makeHome()
})

afterEach(() => {
  rmSync(dataDir, { recursive: true, force: true })
})

const query = async (url: string, text: string): Promise<Record<string, unknown>[]> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('a server stores UTF-8, syncs to disk, listens on loopback only and keeps its data for the next start', async () => {
  const first = await startEmbeddedPostgres({ dataDir })
  expect(await query(first.url, `SELECT current_setting('fsync') AS fsync, lower('ÄÉ') AS lower`)).toEqual([
    { fsync: 'on', lower: 'äé' },
  ])
  expect(await query(first.url, 'SHOW listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }])
  await query(first.url, 'CREATE TABLE kept (id int)')
  await first.stop()
  expect(isAlive(first.pid)).toBe(false)

  await using second = await startEmbeddedPostgres({ dataDir })
  expect(await query(second.url, 'SELECT count(*)::int AS count FROM kept')).toEqual([{ count: 0 }])
})

test('an empty cluster is kept, and its copies are servers of their own', async () => {
  const kept = join(dataDir, 'kept')
  const start = (name: string) => {
    const options = { dataDir: join(dataDir, name), durable: false, emptyClusters: kept }
    return startEmbeddedPostgres(options)
  }
  await using first = await start('first')
  await query(first.url, 'CREATE TABLE of_the_first (id int)')
  await using second = await start('second')
  expect(new URL(second.url).password).toBe(new URL(first.url).password)
  expect(await query(second.url, `SELECT to_regclass('of_the_first') AS found`)).toEqual([{ found: null }])
  expect(readdirSync(kept)).toHaveLength(1)
})

describe('a server that several tests use', () => {
  let home: string
  let server: EmbeddedPostgres
  beforeAll(async () => {
    home = makeHome()
    server = await startEmbeddedPostgres({ dataDir: home, durable: false, emptyClusters })
  })
  afterAll(async () => {
    await server.stop()
    rmSync(home, { recursive: true, force: true })
  })

  test('refuses a wrong password', async () => {
    const url = new URL(server.url)
    url.password = 'guess'
    await expect(query(url.href, 'SELECT 1')).rejects.toThrow('password authentication failed')
  })

  test('does not sync with durable: false', async () => {
    expect(await query(server.url, 'SHOW fsync')).toEqual([{ fsync: 'off' }])
  })

  test('keeps a second server off its data, which is told which process has it', async () => {
    await expect(startEmbeddedPostgres({ dataDir: home })).rejects.toMatchObject({
      code: 'data_directory_unusable',
      message: expect.stringContaining(`process ${server.pid}) is already running`),
    })
  })
})

test('a postmaster.pid whose process is now another program does not block the start', async () => {
  const first = await startEmbeddedPostgres({ dataDir, durable: false, emptyClusters })
  await first.stop()
  const pidFile = join(dataDir, 'cluster/postmaster.pid')
  writeFileSync(pidFile, `${process.pid}\n${join(dataDir, 'cluster')}\n`)
  await using second = await startEmbeddedPostgres({ dataDir, durable: false })
  expect(readFileSync(pidFile, 'utf8')).toMatch(new RegExp(`^${second.pid}\n`))
})

test('a port in use is named', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as { port: number }
  await expect(startEmbeddedPostgres({ dataDir, port, durable: false, emptyClusters })).rejects.toMatchObject(
    {
      code: 'port_in_use',
      message: expect.stringContaining(`port ${port} is in use`),
    },
  )
  other.close()
})

test('data of another major version is refused and left alone', async () => {
  mkdirSync(join(dataDir, 'cluster'))
  writeFileSync(join(dataDir, 'cluster/PG_VERSION'), '12\n')
  await expect(startEmbeddedPostgres({ dataDir })).rejects.toThrow('was made by PostgreSQL 12')
  expect(existsSync(join(dataDir, 'cluster/PG_VERSION'))).toBe(true)
})

test('the server stops when the process that started it is killed', async () => {
  const program = `import { startEmbeddedPostgres } from '@altcontext/embedded-database'
const { pid } = await startEmbeddedPostgres(${JSON.stringify({ dataDir, durable: false, emptyClusters })})
console.log(pid)`
  const parent = spawn(
    process.execPath,
    ['--conditions=@altcontext/source', '--input-type=module', '--eval', program],
    { cwd: import.meta.dirname, stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const [output] = await once(parent.stdout, 'data')
  const pid = Number(String(output))
  expect(isAlive(pid)).toBe(true)
  parent.kill('SIGKILL')
  await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 60_000 })
})

test.runIf(process.getuid?.() === 0)(
  'where only root may enter, the cluster is elsewhere, kept for the next start, and removed once its data directory is gone',
  async () => {
    const hidden = mkdtempSync(join(dataDir, 'only-root-'))
    const homeOf = (folder: string) => readFileSync(join(folder, 'moved-to.txt'), 'utf8').trim()
    const start = async (folder: string, text: string) => {
      await using server = await startEmbeddedPostgres({ dataDir: folder, durable: false, emptyClusters })
      return await query(server.url, text)
    }
    await start(hidden, 'CREATE TABLE kept (id int)')
    expect(await start(hidden, 'SELECT count(*)::int AS count FROM kept')).toEqual([{ count: 0 }])
    const home = homeOf(hidden)
    expect(home.startsWith(dataDir)).toBe(false)

    const other = mkdtempSync(join(dataDir, 'only-root-'))
    await start(other, 'SELECT 1')
    expect(existsSync(home)).toBe(true)

    rmSync(hidden, { recursive: true })
    const third = mkdtempSync(join(dataDir, 'only-root-'))
    await start(third, 'SELECT 1')
    expect(existsSync(home)).toBe(false)
    expect(existsSync(homeOf(other))).toBe(true)
    for (const folder of [other, third]) rmSync(homeOf(folder), { recursive: true })
  },
)
