import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { AttackTarget } from './attack.ts'

const cli = new URL('../../../packages/relay/src/cli.ts', import.meta.url).pathname

export interface RelayTarget extends AsyncDisposable {
  host: string
  port: number
  pid: number
  /** Where its outbox is. */
  outbox: string
}

/** The relay in a process of its own, on a SQLite outbox, which delivers to `receiver`. */
export const startRelay = async (
  receiver: AttackTarget,
  variables: Record<string, string> = {},
): Promise<RelayTarget> => {
  const folder = mkdtempSync(join(tmpdir(), 'attacked-relay-'))
  const outbox = join(folder, 'outbox.db')
  const child = spawn(process.execPath, ['--conditions=@altcontext/source', cli, 'serve', '--port', '0'], {
    env: {
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      WEBHOOK_URL: `http://${receiver.host}:${receiver.port}/v1/webhooks/description-service`,
      ADMIN_API_KEY: receiver.adminKey,
      RELAY_OUTBOX: outbox,
      RELAY_SHUTDOWN_TIMEOUT: '1s',
      ...variables,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const url = await urlSaidBy(child.stdout)
  return {
    host: url.hostname,
    port: Number(url.port),
    pid: child.pid as number,
    outbox,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null) child.kill('SIGTERM')
      await exited
      rmSync(folder, { recursive: true })
    },
  }
}

const urlSaidBy = async (output: NodeJS.ReadableStream): Promise<URL> => {
  for await (const line of createInterface({ input: output })) {
    const { url } = JSON.parse(line) as { url?: string }
    if (url === undefined) continue
    output.resume()
    return new URL(url)
  }
  throw new Error('The relay ended before it listened.')
}
