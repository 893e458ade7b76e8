import { createInterface } from 'node:readline'
import { createTestDatabase, dumpDatabase } from '@altcontext/test-database'
import type { AttackTarget } from './attack.ts'
import { programs } from './run-program.ts'
import { spawnServer } from './spawn-server.ts'

/** The example server in a process of its own, on a database of its own. */
export const startExample = async (
  variables: Record<string, string> = {},
): Promise<AttackTarget & AsyncDisposable> => {
  const database = await createTestDatabase()
  const adminKey = 'the-key-that-nobody-guesses'
  const { pid, output, memory, stop } = spawnServer([programs.example], {
    DATABASE_URL: database.url,
    PORT: '0',
    ADMIN_API_KEY: adminKey,
    LOG_LEVEL: 'warn',
    ...variables,
  })
  const log: Buffer[] = []
  output.on('data', (chunk: Buffer) => log.push(chunk))
  const port = await portSaidBy(output)
  return {
    host: '127.0.0.1',
    port,
    pid,
    adminKey,
    databaseUrl: database.url,
    query: async (text, params) => (await database.pool.query(text, params)).rows,
    dump: () => dumpDatabase(database.pool),
    log: () => Buffer.concat(log).toString(),
    memory,
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
