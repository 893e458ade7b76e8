import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { serveDouble } from '@altcontext/webhook-contract-tests'

const adminKey = 'a-key-of-the-executable-tests-01'
const event = {
  eventType: 'scan.completed',
  tenantId: 'tenant-1',
  occurredAt: '2026-02-13T12:00:00Z',
  payload: { jobId: 'job-1', mediaCount: 1, identitiesDetected: 2, durationMs: 3 },
}

interface Serving {
  origin: string
  /** Resolves with the exit code, or null after SIGKILL. */
  stop(signal: NodeJS.Signals): Promise<number | null>
}

/** The executable serves, is killed with an undelivered event, starts again and delivers it; it includes NATS. @throws with whatever is not so */
export const smokeExecutable = async (file: string, folder: string): Promise<void> => {
  await using receiver = await serveDouble({ adminKey })
  // No PATH, so that no installed Node can help.
  const env = {
    WEBHOOK_URL: receiver.url,
    ADMIN_API_KEY: adminKey,
    RELAY_OUTBOX: join(folder, 'outbox.db'),
    RELAY_PORT: '0',
  }
  const command = async (...args: string[]): Promise<string> =>
    (await promisify(execFile)(file, args, { env, cwd: folder })).stdout
  const running: ChildProcess[] = []
  try {
    const version = (await command('--version')).trim()
    expect(/^\d+\.\d+\.\d+/.test(version), `--version says ${version}`)

    receiver.double.failNext({ kind: 'status', status: 503 }, { times: 1000 })
    const first = await serve(file, env, folder, running)
    const response = await fetch(`${first.origin}/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(event),
    })
    const { eventId } = (await response.json()) as { eventId: string }
    expect(response.status === 202, `the response to an event is ${response.status}`)
    await first.stop('SIGKILL')

    receiver.double.reset()
    const second = await serve(file, env, folder, running)
    await receiver.double.waitFor(({ stored }) => stored.find((one) => one.eventId === eventId), {
      timeoutMs: 30_000,
    })
    const code = await second.stop('SIGTERM')
    expect(code === 0, `it ends with ${code} after SIGTERM`)
    // Each start takes three seconds in an emulator, so the ledger is looked at only once: what was killed is delivered by now.
    const ended = JSON.parse(await command('status', '--json')) as Record<string, number>
    expect(ended.delivered === 1 && ended.pending === 0, `at the end the ledger is ${JSON.stringify(ended)}`)
    expect(receiver.double.stored.length === 1, `${receiver.double.stored.length} events are stored`)

    const refusal = await command('serve', '--nats', 'nats://127.0.0.1:4222').catch(({ stderr }) => stderr)
    expect(/STREAM_SEALING_KEY is missing/.test(refusal), `NATS is not included: ${refusal}`)
  } finally {
    for (const child of running) child.kill('SIGKILL')
  }
}

const serve = async (
  file: string,
  env: Record<string, string>,
  folder: string,
  running: ChildProcess[],
): Promise<Serving> => {
  const child = spawn(file, ['serve'], { env, cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] })
  running.push(child)
  const closed = once(child, 'close')
  for await (const line of createInterface({ input: child.stdout })) {
    const { url } = JSON.parse(line) as { url?: string }
    if (url === undefined) continue
    child.stdout.resume()
    return {
      origin: new URL(url).origin,
      async stop(signal) {
        child.kill(signal)
        const [code] = await closed
        return code
      },
    }
  }
  throw new Error('Failed to run the executable: it ended before it served.')
}

const expect = (isSo: boolean, otherwise: string): void => {
  if (!isSo) throw new Error(`Failed to run the executable: ${otherwise}.`)
}
