import { execFile } from 'node:child_process'
import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { runCli } from '../src/run-cli.ts'
import { startReferenceReceiver } from './reference-receiver.ts'
import { serveEmitters } from './serve-emitters.ts'

const adminKey = 'reference-admin-key-of-30-chars'

/** The command as its users start it, in a process of its own. */
const spawn = async (...args: string[]) => {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [
      '--conditions=@altcontext/source',
      join(import.meta.dirname, '../src/cli.ts'),
      ...args,
    ])
    return { code: 0, stdout, stderr }
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string }
  }
}

const run = async (...args: string[]) => {
  const written = { stdout: '', stderr: '' }
  const code = await runCli(args, {
    write: (text) => {
      written.stdout += text
    },
    writeError: (text) => {
      written.stderr += text
    },
  })
  return { code, ...written }
}

test('a receiver that keeps every promise exits with 0 and says how many', async () => {
  const receiver = await startReferenceReceiver({ adminKey })
  const result = await spawn('receiver', '--url', new URL(receiver.url).origin, '--admin-key', adminKey)
  await receiver.close()
  expect(result.stdout).toContain(
    '✓ The same webhook-id again gets 200 with the same id and "duplicate": true',
  )
  expect(result.stdout).toMatch(/\n\d\d passed, 0 failed, \d+ skipped\n$/)
  expect(result.code).toBe(0)
})

test('a receiver with a fault exits with 1, names it and writes JUnit XML', async () => {
  const receiver = await startReferenceReceiver({ adminKey }, 'dedupes without the tenant')
  const junit = join(await mkdtemp(join(tmpdir(), 'contract-tests-')), 'junit.xml')
  const result = await run('receiver', '--url', receiver.url, '--admin-key', adminKey, '--junit', junit)
  await receiver.close()
  expect(result.code).toBe(1)
  expect(result.stdout).toContain(
    '✗ Without webhook-id, the same type and time of another tenant is another event',
  )
  const xml = await readFile(junit, 'utf8')
  expect(xml).toMatch(/<testsuites tests="\d+" failures="[1-9]\d*" skipped="\d+"/)
  expect(xml).toContain('<testcase classname="tells-tenants-apart"')
  expect(xml).toContain('<failure message="')
})

test('an emitter behind a command is checked over its standard input', async () => {
  await using emitters = await serveEmitters()
  const limits = ['--schedule', emitters.scheduleMs.join(','), '--timeout', String(emitters.timeoutMs)]
  const result = await run('emitter', '--command', emitters.command, ...limits)
  expect(result.stdout).toContain('✓ ')
  expect(result.stdout).toMatch(/\n\d\d passed, 0 failed, \d+ skipped\n$/)
  expect(result.code).toBe(0)
})

test.each([
  [['receiver', '--url', 'nowhere', '--admin-key', adminKey], 'Expected an http address.'],
  [['receiver', '--url', 'http://127.0.0.1:1'], "required option '--admin-key <key>' not specified"],
  [['emitter'], "required option '--command <command>' not specified"],
  [['emitter', '--command', 'true', '--schedule', '1,x'], 'Expected a whole number above 0.'],
])('"%s" is a mistake in the command: exit code 2', async (args, message) => {
  const result = await run(...args)
  expect(result.stderr).toContain(message)
  expect(result.code).toBe(2)
})
