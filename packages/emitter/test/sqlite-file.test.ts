import { execFileSync, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { oldestNodes } from '@altcontext/oldest-nodes'
import { createEmitter, type NewOutboxEvent } from '@altcontext/webhook-emitter'
import { createSqliteOutbox, openSqliteOutboxRecords } from '@altcontext/webhook-emitter/sqlite'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'webhook-outbox-'))
  path = join(folder, 'outbox.db')
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

const source = new URL('../src/sqlite.ts', import.meta.url).href
const inOneProcess = `
  import { execFileSync } from 'node:child_process'
  import { createSqliteOutbox } from '${source}'
  import { Worker } from 'node:worker_threads'
  const [path, other] = process.argv.slice(1)
  const outbox = createSqliteOutbox({ path })
  try { createSqliteOutbox({ path }); process.stdout.write('twice ') } catch (error) { process.stdout.write(error.code + ' ') }
  const worker = new Worker(\`
    import('${source}').then(({ createSqliteOutbox }) => createSqliteOutbox({ path: \${JSON.stringify(path)} }))
      .then(() => process.stdout.write('twice '), (error) => process.stdout.write(error.code + ' '))
  \`, { eval: true })
  await new Promise((resolve) => worker.once('exit', resolve))
  process.stdout.write(execFileSync(process.execPath, [...process.execArgv, '--input-type=module', '--eval', other, path]))
  await outbox.close()
`
const inAnother = `
  import { createSqliteOutbox } from '${source}'
  try { createSqliteOutbox({ path: process.argv[1] }); process.stdout.write('twice') } catch (error) { process.stdout.write(error.code) }
`

describe('the lock of a SQLite outbox', () => {
  test.each([...oldestNodes, { version: process.versions.node, path: process.execPath }])(
    'on Node $version outlives refused openings in its own process, a worker and another process',
    ({ path: node }) => {
      const { stdout, stderr, status } = spawnSync(
        node,
        [
          '--conditions=@altcontext/source',
          '--disable-warning=ExperimentalWarning',
          '--input-type=module',
          '--eval',
          inOneProcess,
          path,
          inAnother,
        ],
        { encoding: 'utf8' },
      )
      expect({ stdout, stderr, status }).toEqual({
        stdout: 'outbox_in_use outbox_in_use outbox_in_use',
        stderr: '',
        status: 0,
      })
    },
  )
})

describe('the file of a SQLite outbox', () => {
  test('that others could read is made private before anything is written to it', async () => {
    for (const suffix of ['', '.lock']) {
      writeFileSync(`${path}${suffix}`, '')
      chmodSync(`${path}${suffix}`, 0o644)
    }
    const outbox = createSqliteOutbox({ path })
    for (const suffix of ['', '.lock', '-wal', '-shm']) {
      expect(statSync(`${path}${suffix}`).mode & 0o777, suffix).toBe(0o600)
    }
    await outbox.close()
  })

  test.each(['', '.lock', '-wal', '-shm'])('is refused when "outbox.db%s" is a symbolic link', (suffix) => {
    if (suffix !== '') execFileSync('touch', [path])
    symlinkSync(join(folder, 'elsewhere'), `${path}${suffix}`)
    expect(() => createSqliteOutbox({ path })).toThrow(
      expect.objectContaining({
        code: 'outbox_failed',
        message: `Failed to open the SQLite outbox: ${path}${suffix} is a symbolic link. Give the path of the file itself.`,
      }),
    )
    expect(statSync(join(folder, 'elsewhere'), { throwIfNoEntry: false })).toBeUndefined()
  })

  test('is refused if it is a folder, even for reading', () => {
    expect(() => openSqliteOutboxRecords({ path: folder })).toThrow(
      `Failed to open the SQLite outbox: ${folder} is not a plain file. Give the path of the file itself.`,
    )
  })
})

const newEvent = (): NewOutboxEvent => ({
  id: randomUUID(),
  eventType: 'scan.completed',
  body: JSON.stringify({ payload: { note: 'x'.repeat(500) } }),
})

describe('a failure of SQLite', () => {
  test('that the file is full names the code, the path and the free space', async () => {
    const outbox = createSqliteOutbox({ path, maxFileBytes: 65_536 })
    outbox.attach({ onReady() {}, onDropped() {} })
    const fill = async (): Promise<void> => {
      for (;;) await outbox.accept(newEvent())
    }
    const free = String.raw`\d+ [KM]iB free`
    await expect(fill()).rejects.toMatchObject({
      code: 'outbox_failed',
      reason: 'disk_full',
      message: expect.stringMatching(
        new RegExp(
          `^Failed to write to the SQLite outbox: SQLITE_FULL, database or disk is full; the file is ${path}, with ${free}\\. Make room`,
        ),
      ),
    })
    await outbox.close()
  })

  test('that the file is damaged says what to do, and promises nothing', async () => {
    const outbox = createSqliteOutbox({ path })
    await outbox.close()
    const bytes = readFileSync(path)
    bytes.fill(0x5a, 100)
    writeFileSync(path, bytes)
    for (const open of [() => createSqliteOutbox({ path }), () => openSqliteOutboxRecords({ path })]) {
      expect(open).toThrow(
        expect.objectContaining({
          reason: 'file_damaged',
          message: expect.stringMatching(/SQLITE_CORRUPT.*may be lost.*\.recover/),
        }),
      )
    }
    writeFileSync(path, 'no database at all, but long enough to be taken for one'.repeat(20))
    expect(() => createSqliteOutbox({ path })).toThrow(/SQLITE_NOTADB.*may be lost.*\.recover/)
  })

  test('is one line of the log per minute, with a count, however many events it affects', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const log: { details: object; message: string }[] = []
    const write = (details: object, message: string) => void log.push({ details, message })
    const emitter = createEmitter({
      url: 'http://127.0.0.1:9/hooks',
      adminKey: 'a-key-of-at-least-24-characters',
      outbox: createSqliteOutbox({ path, maxFileBytes: 65_536 }),
      logger: { debug() {}, info() {}, warn() {}, error: write },
    })
    const isKept = async (jobId: string): Promise<boolean> =>
      (await emitter.emit('scan.completed', { ...scan, jobId: jobId.padEnd(120, '-') })).status === 'accepted'
    let jobs = 0
    while (await isKept(`job-${jobs}`)) jobs += 1
    for (let more = 0; more < 300; more += 1) await isKept(`more-${more}`)
    const lines = () => log.filter(({ message }) => message === 'The outbox failed')
    expect(lines()).toHaveLength(1)
    expect(lines()[0]?.details).toMatchObject({ reason: 'disk_full', detail: expect.stringContaining(path) })
    vi.advanceTimersByTime(60_000)
    vi.useRealTimers()
    expect(lines()).toHaveLength(2)
    expect(lines()[1]?.details).toMatchObject({
      reason: 'disk_full',
      count: expect.toSatisfy((count) => count >= 300),
    })
    expect(log.filter(({ message }) => message === 'An event will not be delivered')).toEqual([])
    await emitter.close({ timeoutMs: 1 })
  })
})

const scan = { tenantId: 'tenant-1', jobId: '', mediaCount: 1, identitiesDetected: 2, durationMs: 3 }
