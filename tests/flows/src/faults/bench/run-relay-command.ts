import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { bundledProgram } from '../../../../packaging/src/bundled-program.ts'

const cli = new URL('../../../../../packages/relay/src/cli.ts', import.meta.url)

/** Runs `webhook-relay <args>` on the outbox at `path` to its end. @throws when its exit code is not 0 */
export const runRelayCommand = async (
  args: readonly string[],
  path: string,
  node = process.execPath,
): Promise<void> => {
  await promisify(execFile)(node, [await bundledProgram(cli), ...args], {
    env: {
      PATH: process.env.PATH ?? '',
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      RELAY_OUTBOX: path,
    },
    timeout: 60_000,
  })
}
