import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { createTestDatabase } from '@altcontext/test-database'
import type { AttackTarget } from './attack.ts'

const main = new URL('../../../examples/marketing-backend/src/main.ts', import.meta.url).pathname

/** The example server in a process of its own, on a database of its own. */
export const startExample = async (
  variables: Record<string, string> = {},
): Promise<AttackTarget & AsyncDisposable> => {
  const database = await createTestDatabase()
  const adminKey = 'the-key-that-nobody-guesses'
  const child = spawn(process.execPath, ['--conditions=@altcontext/source', main], {
    env: {
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      DATABASE_URL: database.url,
      PORT: '0',
      ADMIN_API_KEY: adminKey,
      LOG_LEVEL: 'warn',
      ...variables,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit').then(([code]) => code as number | null)
  const stop = (): Promise<number | null> => {
    if (child.exitCode === null) child.kill('SIGTERM')
    return exited
  }
  let loggedBytes = 0
  child.stdout.on('data', (chunk: Buffer) => {
    loggedBytes += chunk.byteLength
  })
  const port = await portSaidBy(child.stdout)
  return {
    host: '127.0.0.1',
    port,
    pid: child.pid as number,
    adminKey,
    databaseUrl: database.url,
    query: async (text, params) => (await database.pool.query(text, params)).rows,
    loggedBytes: () => loggedBytes,
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop()
      await database.drop()
    },
  }
}

const portSaidBy = async (output: NodeJS.ReadableStream): Promise<number> => {
  const lines = createInterface({ input: output })
  for await (const line of lines) {
    const port = /http:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1]
    if (port === undefined) continue
    output.resume()
    return Number(port)
  }
  throw new Error('The example ended before it listened.')
}
