import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { AttackTarget } from './attack.ts'
import type { Memory } from './memory-of.ts'
import { programs } from './run-program.ts'
import { spawnServer } from './spawn-server.ts'

export interface RelayTarget extends AsyncDisposable {
  host: string
  port: number
  pid: number
  /** The path of its outbox. */
  outbox: string
  /** What it has logged so far. */
  log(): string
  /** After its garbage was collected. */
  memory(): Promise<Memory>
}

/** The relay in a process of its own, on a SQLite outbox, which delivers to `receiver`. */
export const startRelay = async (
  receiver: AttackTarget,
  variables: Record<string, string> = {},
): Promise<RelayTarget> => {
  const folder = mkdtempSync(join(tmpdir(), 'attacked-relay-'))
  const outbox = variables.RELAY_OUTBOX ?? join(folder, 'outbox.db')
  const { pid, output, memory, stop } = spawnServer([programs.relay, 'serve', '--port', '0'], {
    WEBHOOK_URL: `http://${receiver.host}:${receiver.port}/v1/webhooks/description-service`,
    ADMIN_API_KEY: receiver.adminKey,
    RELAY_OUTBOX: outbox,
    RELAY_SHUTDOWN_TIMEOUT: '1s',
    ...variables,
  })
  const log: Buffer[] = []
  output.on('data', (chunk: Buffer) => log.push(chunk))
  const url = await urlSaidBy(output)
  return {
    host: url.hostname,
    port: Number(url.port),
    pid,
    outbox,
    log: () => Buffer.concat(log).toString(),
    memory,
    [Symbol.asyncDispose]: async () => {
      await stop()
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
