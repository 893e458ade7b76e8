import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

export interface RunningServer extends AsyncDisposable {
  origin: string
  adminKey: string
}

const main = join(import.meta.dirname, '../../../examples/marketing-backend/src/main.ts')

/** The example server as `npm start` runs it, on a free port. */
export const startServer = async (databaseUrl: string): Promise<RunningServer> => {
  const adminKey = 'demo-running-server-key-of-37-chars'
  const server = spawn(process.execPath, ['--conditions=@altcontext/source', main], {
    env: {
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      DATABASE_URL: databaseUrl,
      ADMIN_API_KEY: adminKey,
      PORT: '0',
      LOG_LEVEL: 'warn',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(server, 'close')
  const stop = async (): Promise<void> => {
    server.kill()
    await ended
  }
  return { origin: await originOf(server), adminKey, [Symbol.asyncDispose]: stop }
}

/** Resolves with the address that the server says it listens at. */
const originOf = (server: ChildProcess): Promise<string> =>
  new Promise((resolve, reject) => {
    let said = ''
    server.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk
      const origin = said.match(/^Marketing backend +(http\S+)\/ /m)?.[1]
      if (origin !== undefined) resolve(origin)
    })
    server.once('close', () => reject(new Error(`Failed to start the example server:\n${said}`)))
  })
