import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createProgram, runProgram, startCommandLine } from '@altcontext/webhook-contract/command-line'
import { afterEach, expect, test, vi } from 'vitest'

const { version } = createRequire(import.meta.url)('@altcontext/webhook-contract/package.json')

/** A command that does one thing, which may go wrong. */
const run = async (
  args: string[],
  act: () => unknown = () => {},
  explain: () => { message: string } | undefined = () => undefined,
) => {
  const written = { out: '', error: '' }
  const output = {
    write: (text: string) => {
      written.out += text
    },
    writeError: (text: string) => {
      written.error += text
    },
  }
  const program = createProgram({
    name: 'webhook-try',
    description: 'Tries something.',
    package: { name: '@altcontext/webhook-contract', url: import.meta.url },
    ...output,
  })
  program.command('act').action(async () => {
    await act()
  })
  return { code: await runProgram(program, args, { ...output, explain }), ...written }
}

test('--version prints the version of the package', async () => {
  expect(await run(['--version'])).toEqual({ code: 0, out: `${version}\n`, error: '' })
})

test('help names every command, completion among them', async () => {
  const { code, out } = await run(['--help'])
  expect([code, out]).toEqual([0, expect.stringMatching(/act.*complete/s)])
})

test('a port that is taken, a missing file and an unavailable server are one sentence each', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const taken = () =>
    new Promise((_resolve, reject) => createServer().once('error', reject).listen(port, '127.0.0.1'))
  expect(await run(['act'], taken)).toEqual({
    code: 2,
    out: '',
    error: `Failed to listen at 127.0.0.1:${port}: another program uses this port. Stop it, or choose another port.\n`,
  })
  await new Promise((resolve) => server.close(resolve))
  const { readFile } = await import('node:fs/promises')
  expect((await run(['act'], () => readFile('/nowhere/a.json'))).error).toBe(
    'Failed to open /nowhere/a.json: it does not exist. Name a file that exists.\n',
  )
  const { connect } = await import('node:net')
  const away = () => new Promise((_resolve, reject) => connect(port, '127.0.0.1').once('error', reject))
  expect((await run(['act'], away)).error).toBe(
    `Failed to reach 127.0.0.1:${port} (ECONNREFUSED). Check that it runs and that its address is right.\n`,
  )
})

test('an unexpected error is one sentence, without its own message and without a stack trace', async () => {
  const { code, error } = await run(['act'], () => {
    throw new TypeError('postgres://me:hush@host')
  })
  expect(code).toBe(2)
  expect(error).toBe(
    'Failed to run webhook-try (TypeError): this is a defect. Please report it with the command that you ran.\n',
  )
})

afterEach(() => {
  process.exitCode = undefined
  vi.restoreAllMocks()
})

test.each(['20.19.5', '22.17.1', '18.0.0'])(
  'Node %s is told to be too old before the program is loaded',
  async (node) => {
    const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    const load = vi.fn(async () => 0)
    await startCommandLine('webhook-try', load, node)
    expect(load).not.toHaveBeenCalled()
    expect(process.exitCode).toBe(2)
    expect(written.mock.calls).toEqual([
      [`Failed to run webhook-try: Node ${node} is too old. Install Node 22.18 or newer.\n`],
    ])
  },
)

/** Runs the executable's file once with each of the arguments, in one process: most of its time is the start. */
const runEach = `
  const [file, ...runs] = process.argv.slice(1)
  process.on('beforeExit', () => {
    const run = runs.shift()
    if (run === undefined) return
    process.argv = [process.execPath, file, ...run.split(' ')]
    process.stdout.write('\\0')
    setImmediate(() => import(file + '?' + runs.length))
  })`

test.each([
  ['contract', 'webhook-contract', 'export'],
  ['contract-tests', 'webhook-contract-tests', 'receiver'],
  ['metrics', 'webhook-metrics', 'rollup'],
  ['relay', 'webhook-relay', 'serve'],
  ['store', 'webhook-store', 'install'],
])(
  '%s: the executable prints its version, a completion script and its commands',
  async (folder, name, command) => {
    const executable = join(import.meta.dirname, '../..', folder, 'src/cli.ts')
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--conditions=@altcontext/source',
      '--input-type=module',
      '--eval',
      runEach,
      '--',
      executable,
      '--version',
      'complete bash',
      'complete -- ',
    ])
    const [, printed, script, commands] = stdout.split('\0')
    expect(printed).toBe(`${version}\n`)
    expect(script).toContain(name)
    expect(commands).toMatch(new RegExp(`^${command}\\b`, 'm'))
  },
)
