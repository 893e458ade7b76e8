import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { runCommand } from '../../packaging/src/run-command.ts'
import type { Tarballs } from './pack-used.ts'

/** Copies a project's folder to `destination` and installs it with tarballs in place of our packages. */
export const installProject = async (
  project: string,
  destination: string,
  tarballs: Tarballs,
): Promise<void> => {
  cpSync(project, destination, { recursive: true, filter: (source) => basename(source) !== 'node_modules' })
  const file = join(destination, 'package.json')
  const manifest = JSON.parse(readFileSync(file, 'utf8'))
  const files = Object.fromEntries(Object.entries(tarballs).map(([name, path]) => [name, `file:${path}`]))
  for (const dependencies of [manifest.dependencies, manifest.devDependencies]) {
    for (const name of Object.keys(dependencies)) dependencies[name] = files[name] ?? dependencies[name]
  }
  // A tarball's own dependencies are tarballs, too, as long as nothing is published. The packages that are named above are
  // excepted: npm requires those to be the same, and they are.
  manifest.overrides = files
  writeFileSync(file, JSON.stringify(manifest, null, 2))
  await runCommand(
    'npm',
    ['install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'],
    destination,
  )
}
