import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** Builds the page when its sources have changed, once for a run of tests: the tests of many packages have a server with the page. */
export default async function buildApp(): Promise<void> {
  await promisify(execFile)(process.execPath, [
    fileURLToPath(new URL('../scripts/build-app.ts', import.meta.url)),
  ])
}
