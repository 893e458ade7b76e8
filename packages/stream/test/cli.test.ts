import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runCli } from '../src/cli/run-cli.ts'
import { eventually, hasNatsServer, scan, useStream } from './stream-bench.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'webhook-stream-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const run = async (args: string[], env: Record<string, string> = {}) => {
  let output = ''
  let errors = ''
  const code = await runCli(args, {
    env,
    write: (text) => {
      output += text
    },
    writeError: (text) => {
      errors += text
    },
  })
  return { code, output, errors }
}

describe('webhook-stream', () => {
  test('prints its help and its version', async () => {
    expect((await run(['--help'])).output).toMatch(/^Usage: webhook-stream /)
    expect((await run(['consume', '--help'])).output).toContain('STREAM_OPENING_KEYS')
    expect(await run(['--version'])).toMatchObject({
      code: 0,
      output: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    })
  })

  test.each<[string, Record<string, string>, string[], string]>([
    ['no database', { NATS_URL: 'nats://127.0.0.1' }, [], 'DATABASE_URL is missing'],
    ['no broker', { DATABASE_URL: 'postgres://h/d' }, [], 'NATS_URL is missing'],
    ['another database', { DATABASE_URL: 'mysql://h/d' }, [], 'DATABASE_URL is not an address of PostgreSQL'],
    ['no file', { DATABASE_URL_FILE: '/nowhere' }, [], 'DATABASE_URL_FILE names a file that cannot be read'],
    [
      'a password in a flag',
      { DATABASE_URL: 'postgres://h/d' },
      ['--nats', 'nats://me:hush@h'],
      '--nats holds a user name or a password, and other users can see command lines',
    ],
    [
      'a key that is none',
      { DATABASE_URL: 'postgres://h/d', NATS_URL: 'nats://h', STREAM_OPENING_KEYS: import.meta.filename },
      [],
      'STREAM_OPENING_KEYS names a file that holds no private key',
    ],
    [
      'a replica count in words',
      { DATABASE_URL: 'postgres://h/d', NATS_URL: 'nats://h' },
      ['--replicas', 'three'],
      'STREAM_REPLICAS is "three", expected a whole number from 1 to 5',
    ],
  ])('refuses to consume with %s, in one sentence', async (_what, env, flags, words) => {
    const { code, errors } = await run(['consume', ...flags], env)
    expect(errors).toContain(words)
    expect(errors).not.toContain('hush')
    expect(errors.trim()).not.toContain('\n')
    expect(code).toBe(2)
  })

  test('creates a pair of keys once, the private one readable only by its owner', async () => {
    expect(await run(['keys', '--out', folder])).toMatchObject({ code: 0, errors: '' })
    const read = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8'))
    expect(read('sealing-key.public.json')).not.toHaveProperty('d')
    expect(read('sealing-key.private.json')).toHaveProperty('d')
    expect(statSync(join(folder, 'sealing-key.private.json')).mode & 0o777).toBe(0o600)
    const again = await run(['keys', '--out', folder])
    expect(again.code).toBe(2)
    expect(again.errors).toContain('already exists')
  })
})

describe.skipIf(!hasNatsServer())('webhook-stream consume', () => {
  const stream = useStream()

  const startConsume = (...flags: string[]) => {
    const { servers, stream: name, prefix } = stream.shared()
    const child = spawn(
      process.execPath,
      [
        '--conditions=@altcontext/source',
        new URL('../src/cli.ts', import.meta.url).pathname,
        ...['consume', '--nats', servers, '--stream', name, '--prefix', prefix, '--replicas', '1', ...flags],
      ],
      {
        env: {
          PATH: process.env.PATH,
          NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
          DATABASE_URL: stream.databaseUrl,
          STREAM_OPENING_KEYS: join(folder, 'sealing-key.private.json'),
        },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    )
    const lines: string[] = []
    createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
    const ended = once(child, 'close')
    return {
      lines,
      end: () => {
        child.kill('SIGTERM')
        return ended
      },
    }
  }

  test('takes events until SIGTERM, and ends with 0', async () => {
    await run(['keys', '--out', folder])
    const publicKey = JSON.parse(readFileSync(join(folder, 'sealing-key.public.json'), 'utf8'))
    const consume = startConsume()
    const { emitter } = stream.startEmitter({}, { sealingKey: publicKey })
    const payload = { tenantId: 'by-the-cli', email: 'ada@private.example' }
    const outcomes = await Promise.all([
      emitter.deliver('scan.completed', scan()),
      emitter.deliver('tenant.created', payload),
    ])
    for (const { status } of outcomes) expect(['stored', 'duplicate']).toContain(status)
    expect(await consume.end()).toEqual([0, null])
    expect(consume.lines[0]).toContain('"durable":"receiver"')
    expect(consume.lines.at(-1)).toContain('The consumer has stopped')
    expect(consume.lines.join('\n')).not.toContain('ada@')
  })

  test('with --copy it stores and settles nothing, until the database that must have the events responds', async () => {
    await run(['keys', '--out', folder])
    const copy = startConsume('--copy', '--durable', 'copy', '--filter', `${stream.shared().prefix}.scan.>`)
    const { emitter } = stream.startEmitter()
    const eventId = randomUUID()
    const outcome = emitter.deliver('scan.completed', scan(), { eventId })
    await eventually(async () => expect(await stream.rows([eventId])).toHaveLength(1))
    expect(await copy.end()).toEqual([0, null])
    expect(emitter.stats()).toMatchObject({ pending: 1, delivered: 0 })
    stream.startConsumer()
    expect(await outcome).toMatchObject({ status: 'duplicate' })
  })
})
