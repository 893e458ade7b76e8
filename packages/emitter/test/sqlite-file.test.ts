import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { oldestNodes } from '@altcontext/oldest-nodes'
import { createSqliteOutbox, openSqliteOutboxRecords } from '@altcontext/webhook-emitter/sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

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
  test('that others could read is tightened before anything is written to it', async () => {
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

  test('is refused when it is a folder, for reading too', () => {
    expect(() => openSqliteOutboxRecords({ path: folder })).toThrow(
      `Failed to open the SQLite outbox: ${folder} is not a plain file. Give the path of the file itself.`,
    )
  })
})
