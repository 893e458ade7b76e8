import { exec } from 'node:child_process'
import { promisify } from 'node:util'

/**
 * Reads what is stored of an event with a command of the receiver's team, in any language: it gets `EVENT_ID` in its
 * environment and prints what is stored, or nothing.
 */
export const storedCommand =
  (command: string) =>
  async (eventId: string): Promise<string | undefined> => {
    const { stdout } = await promisify(exec)(command, {
      env: { ...process.env, EVENT_ID: eventId },
      timeout: 10_000,
    })
    return stdout.trim() || undefined
  }
