import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** Builds the page when its sources have changed; a few milliseconds when they have not. */
export const buildApp = async (): Promise<void> => {
  await promisify(execFile)(process.execPath, [
    fileURLToPath(new URL('../scripts/build-app.ts', import.meta.url)),
  ])
}
