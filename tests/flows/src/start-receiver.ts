import { fork } from 'node:child_process'
import { once } from 'node:events'

export const adminKey = 'flow-test-admin-key-0123456789'

export interface ReceiverProcess extends AsyncDisposable {
  /** The plain route. */
  url: string
  port: number
  /** Posts one event by hand. */
  post(event: unknown): Promise<{ statusCode: number; retryAfter: string | null; body: unknown }>
  /** Asks the server to end, and waits until it has. */
  stop(): Promise<void>
}

/** Starts a receiver with the default limits (300 requests a minute) in a process of its own. */
export const startReceiver = async ({
  databaseUrl,
  port = 0,
}: {
  databaseUrl: string
  port?: number
}): Promise<ReceiverProcess> => {
  const child = fork(new URL('receiver-server.ts', import.meta.url), {
    execArgv: ['--conditions=@altcontext/source'],
    env: { ...process.env, DATABASE_URL: databaseUrl, ADMIN_API_KEY: adminKey, PORT: String(port) },
  })
  const [message] = (await once(child, 'message')) as [{ port: number }]
  const url = `http://127.0.0.1:${message.port}/v1/webhooks/description-service`
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill('SIGTERM')
    await exit
  }
  return {
    url,
    port: message.port,
    post: async (event) => {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-admin-key': adminKey },
        body: JSON.stringify(event),
      })
      return {
        statusCode: response.status,
        retryAfter: response.headers.get('retry-after'),
        body: await response.json(),
      }
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
