import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { EmitterFactory } from '@altcontext/webhook-contract-tests'
import { pythonEnvironment, pythonFolder } from './run-python.ts'

export interface LineEmitters extends AsyncDisposable {
  /** An emitter in its own process, as `commandEmitter` starts one. */
  start(flags?: readonly string[]): EmitterFactory
}

const schedule = ['--delays', '0.3,0.6,0.9', '--timeout', '6']
/** As long as `commandEmitter` waits for the end of a command. */
const endMs = 11_000

/**
 * A Python that has imported the package once and forks for each emitter: otherwise starting Python would take most of a check's
 * processor time.
 */
export const startLineEmitters = async (python: string): Promise<LineEmitters> => {
  const folder = await mkdtemp(join(tmpdir(), 'line-emitters-'))
  const path = join(folder, 'door')
  const origin = spawn(python, ['-m', 'tests.line_emitters', path], {
    cwd: pythonFolder,
    env: pythonEnvironment(),
    stdio: ['ignore', 'pipe', 'inherit'],
    // It leads a process group: the processes that it has forked end with it.
    detached: true,
  })
  const exited = once(origin, 'exit')
  await Promise.race([once(createInterface(origin.stdout), 'line'), exited])
  if (origin.exitCode !== null) throw new Error('Failed to start the line emitters: see above.')
  return {
    start: (flags = []) => startOne(path, [...schedule, ...flags]),
    async [Symbol.asyncDispose]() {
      endGroup(origin)
      await exited
      await rm(folder, { recursive: true })
    },
  }
}

const startOne =
  (path: string, args: readonly string[]): EmitterFactory =>
  ({ url, adminKey, signingSecret }) => {
    const socket = connect(path)
    let output = ''
    socket.setEncoding('utf8').on('data', (text) => {
      output += text
    })
    // When an emitter ends early, its events do not arrive, and the check fails.
    socket.on('error', () => {})
    const closed = new Promise<void>((resolve) => {
      socket.once('close', () => resolve())
    })
    const env = {
      WEBHOOK_URL: url,
      ADMIN_API_KEY: adminKey,
      ...(signingSecret === undefined ? {} : { WEBHOOK_SIGNING_SECRET: signingSecret }),
    }
    const write = (value: unknown) =>
      new Promise<void>((resolve) => {
        socket.write(`${JSON.stringify(value)}\n`, () => resolve())
      })
    void write({ env, args })
    return {
      emit: write,
      async close() {
        socket.end()
        const timeout = setTimeout(() => socket.destroy(), endMs)
        await closed
        clearTimeout(timeout)
      },
      output: () => output,
    }
  }

const endGroup = ({ pid }: ChildProcess): void => {
  if (pid !== undefined) process.kill(-pid, 'SIGKILL')
}
