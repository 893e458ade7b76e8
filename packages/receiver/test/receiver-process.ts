import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { adminKey, jsonHeaders, path } from './receiver-app.ts'

/** A receiver in a process of its own. */
export const startReceiverProcess = async (databaseUrl: string) => {
  const child: ChildProcess = spawn(
    process.execPath,
    ['--conditions=@altcontext/source', `${import.meta.dirname}/receiver-server.ts`],
    {
      env: { ...process.env, DATABASE_URL: databaseUrl, ADMIN_API_KEY: adminKey, NODE_OPTIONS: '' },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const [url] = (await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line')) as [
    string,
  ]
  return {
    url,
    post: async (body: unknown) => {
      const response = await fetch(`${url}${path}`, {
        method: 'POST',
        headers: jsonHeaders,
        body: JSON.stringify(body),
      })
      return {
        statusCode: response.status,
        body: (await response.json()) as { eventId: string; duplicate?: true },
      }
    },
    stop: async () => {
      child.kill('SIGTERM')
      if (child.exitCode === null) await once(child, 'exit')
    },
  }
}
