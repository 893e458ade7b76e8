import { spawn } from 'node:child_process'
import type { EmitterFactory } from './emitter-target.ts'

/**
 * An emitter in any language behind a command. The command gets `WEBHOOK_URL`, `ADMIN_API_KEY` and, when requests are
 * to be signed, `WEBHOOK_SIGNING_SECRET` in its environment. Each line of its standard input is one event as JSON,
 * `{ "eventType", "tenantId", "occurredAt", "payload" }`, to be emitted at once. When its input ends it delivers what
 * it holds and exits. Its output counts as its log.
 */
export const commandEmitter =
  (command: string): EmitterFactory =>
  ({ url, adminKey, signingSecret }) => {
    const child = spawn(command, {
      shell: true,
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: {
        ...process.env,
        WEBHOOK_URL: url,
        ADMIN_API_KEY: adminKey,
        ...(signingSecret === undefined ? {} : { WEBHOOK_SIGNING_SECRET: signingSecret }),
      },
    })
    let output = ''
    const read = (chunk: Buffer) => {
      output = (output + chunk).slice(-1_000_000)
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    // When a command ends early, its events do not arrive, and the check fails.
    child.stdin.on('error', () => {})
    const exited = new Promise<void>((resolve) => {
      child.once('error', () => resolve())
      child.once('close', () => resolve())
    })
    return {
      // Until the line is in the pipe; to a command that has ended it fails, which matters no more.
      emit: (event) =>
        new Promise<void>((resolve) => {
          child.stdin.write(`${JSON.stringify(event)}\n`, () => resolve())
        }),
      async close() {
        child.stdin.end()
        const timeout = setTimeout(() => endGroup(child.pid), 11_000)
        await exited
        clearTimeout(timeout)
      },
      output: () => output,
    }
  }

// Ends the shell and what it started.
const endGroup = (pid: number | undefined): void => {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended in the meantime.
  }
}
