import { exec } from 'node:child_process'
import { promisify } from 'node:util'

/**
 * Reads the stored event through a command that the receiver's team wrote, in any language: it gets `EVENT_ID` in its
 * environment and prints the stored event, or nothing.
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
