import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { hasNatsServer, useStream } from './stream-bench.ts'

describe.skipIf(!hasNatsServer())('the first example of the README', () => {
  const stream = useStream()

  test('prints what its comment says', async () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
    const [, code = ''] = /```ts\n(.*?)```/s.exec(readme) ?? []
    stream.startConsumer({ stream: 'WEBHOOKS', prefix: 'webhooks' })
    const folder = mkdtempSync(join(tmpdir(), 'webhook-stream-'))
    writeFileSync(join(folder, 'sealing-key.public.json'), JSON.stringify(stream.keys.publicKey))
    const here = code
      .replace('nats://127.0.0.1:4222', stream.server.url)
      .replace('sealing-key.public.json', join(folder, 'sealing-key.public.json'))
      .replace('outbox.db', join(folder, 'outbox.db'))
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--conditions=@altcontext/source', '--input-type=module-typescript', '--eval', here],
      { cwd: new URL('..', import.meta.url) },
    )
    rmSync(folder, { recursive: true })
    expect(stdout).toBe('1\n')
    expect(code).toContain('// => 1')
  })
})
