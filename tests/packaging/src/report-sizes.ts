import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { PackedPackage } from './public-packages.ts'

/** One line for each package: its size as downloaded, and on the disk. */
export const reportSizes = (packages: PackedPackage[], modulesFolder: string): string => {
  const rows = packages.map(({ name, tarball }) => {
    const unpacked = readdirSync(join(modulesFolder, name), { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile() && !entry.parentPath.includes(join(name, 'node_modules')))
      .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)
    return [name, statSync(tarball).size, unpacked] as const
  })
  const column = (bytes: number) => `${bytes.toLocaleString('en')} B`.padStart(14)
  return [
    `${'package'.padEnd(36)}${'packed'.padStart(14)}${'unpacked'.padStart(14)}`,
    ...rows.map(([name, packed, unpacked]) => `${name.padEnd(36)}${column(packed)}${column(unpacked)}`),
  ].join('\n')
}
