import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCommand } from '../../packaging/src/run-command.ts'
import type { Tarballs } from './pack-used.ts'

/** Runs the line of a README that installs `name`, in an empty folder, with the tarball in place of the package. */
export const installLine = async (
  folder: string,
  tarballs: Tarballs,
  line: string | undefined,
  name: string,
): Promise<void> => {
  if (line === undefined) throw new Error(`Failed to find how ${name} is installed in its README.`)
  mkdirSync(folder)
  // Names the packages that the tarball depends on and that are not published yet.
  const overrides = Object.fromEntries(Object.entries(tarballs).map(([each, path]) => [each, `file:${path}`]))
  delete overrides[name]
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, overrides }))
  await runCommand('/bin/sh', ['-c', line.replace(name, tarballs[name] ?? '')], folder)
}
