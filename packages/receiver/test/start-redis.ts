import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface RunningRedis extends AsyncDisposable {
  /** The socket that it listens on. */
  path: string
  /** With SIGKILL; it has kept nothing on disk. */
  kill(): Promise<void>
  start(): void
}

/** Whether this machine has a Redis: Debian's package brings it, and only root can install that. */
export const hasRedis = (): boolean => spawnSync('redis-server', ['--version']).status === 0

/** A Redis on a socket of its own, in memory; clients wait for it by themselves. */
export const startRedis = (): RunningRedis => {
  const folder = mkdtempSync(join(tmpdir(), 'altcontext-redis-'))
  const path = join(folder, 'redis.sock')
  let server: ChildProcess
  const start = (): void => {
    const options = ['--port', '0', '--unixsocket', path, '--save', '', '--dir', folder]
    server = spawn('redis-server', options, { stdio: 'ignore' })
  }
  const kill = async (): Promise<void> => {
    const ended = once(server, 'exit')
    if (server.kill('SIGKILL')) await ended
  }
  start()
  return {
    path,
    kill,
    start,
    [Symbol.asyncDispose]: async () => {
      await kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
