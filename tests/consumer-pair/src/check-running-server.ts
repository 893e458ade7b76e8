import { runCommand } from '../../packaging/src/run-command.ts'
import { installLine } from './install-line.ts'
import { readPacked, type Tarballs } from './pack-used.ts'
import type { RunningServer } from './running-server.ts'

const kit = '@altcontext/webhook-contract-tests'

/**
 * Checks the running example server from an empty folder, with the exact lines of the packed README. Two things
 * differ: the package comes from its tarball, and the server listens on a free port.
 */
export const checkRunningServer = async (
  folder: string,
  tarballs: Tarballs,
  { origin, adminKey }: RunningServer,
): Promise<string> => {
  const readme = await readPacked(tarballs, kit, 'README.md')
  await installLine(folder, tarballs, readme.match(new RegExp(`^npm install .*${kit}$`, 'm'))?.[0], kit)
  const command = readme.match(/^npx webhook-contract-tests receiver .*$/m)?.[0]
  if (command === undefined) throw new Error(`Failed to find the command in the README of ${kit}.`)
  return await runCommand(
    '/bin/sh',
    ['-c', command.replace(/http:\/\/\S+/, origin).replace('"$ADMIN_API_KEY"', adminKey)],
    folder,
  )
}
