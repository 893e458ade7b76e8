import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { serverEnvironment } from './create-cluster.ts'
import type { ServerAccount } from './server-account.ts'

const fastShutdownMs = 20_000

export interface ServerProcess {
  pid: number
  /** Fast shutdown (clients are disconnected, transactions rolled back), awaited. */
  stop(): Promise<void>
}

/** The server ended instead of accepting connections; `output` is what it said. */
export class ServerStartError extends Error {
  override readonly name = 'ServerStartError'
  readonly output: string

  constructor(output: string) {
    super('The server ended before it accepted connections')
    this.output = output
  }
}

/** Starts the server and waits until it accepts connections. */
export const startServerProcess = async (
  postgres: string,
  args: string[],
  account: ServerAccount,
  log: (line: string) => void,
): Promise<ServerProcess> => {
  // In a process group of its own, so that Ctrl-C reaches only this process, which then stops the server last.
  const server = spawn(postgres, args, {
    ...account,
    cwd: '/',
    detached: true,
    env: serverEnvironment,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const exited = once(server, 'exit')
  exited.catch(() => undefined)
  const guard = server.pid === undefined ? undefined : guardAgainstOrphan(server.pid, account)
  exited.finally(() => guard?.kill()).catch(() => undefined)

  const output: string[] = []
  const ready = new Promise<void>((resolve) => {
    createInterface({ input: server.stderr }).on('line', (line) => {
      log(line)
      if (output.length < 50) output.push(line)
      if (line.includes('database system is ready to accept connections')) resolve()
    })
  })
  const failed = once(server, 'close').then(() => {
    throw new ServerStartError(output.join('\n'))
  })
  await Promise.race([ready, failed])
  failed.catch(() => undefined)

  let stopped: Promise<void> | undefined
  return {
    pid: server.pid as number,
    stop: () => {
      stopped ??= stopServer(server, exited)
      return stopped
    },
  }
}

const stopServer = async (server: ChildProcess, exited: Promise<unknown>): Promise<void> => {
  if (server.exitCode !== null || server.signalCode !== null) return
  server.kill('SIGINT')
  const impatience = setTimeout(() => server.kill('SIGQUIT'), fastShutdownMs)
  await exited
  clearTimeout(impatience)
}

/**
 * A shell that waits for the end of a pipe only this process holds open. However this process ends, `kill -9`
 * included, the pipe ends with it, and the shell stops the server.
 */
const guardAgainstOrphan = (pid: number, account: ServerAccount): ChildProcess => {
  const guard = spawn('/bin/sh', ['-c', 'read -r _; kill -INT "$0"', String(pid)], {
    ...account,
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  guard.on('error', () => undefined)
  guard.stdin?.on('error', () => undefined)
  guard.unref()
  ;(guard.stdin as unknown as { unref?: () => void }).unref?.()
  return guard
}
