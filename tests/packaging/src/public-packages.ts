import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '../../..')

export interface PublicPackage {
  name: string
  folder: string
  /** Everything that can be imported, such as `@altcontext/webhook-emitter/sqlite`. */
  entries: string[]
  /** The oldest Node on which it promises to run. */
  oldestNode: string
  bin: Record<string, string>
  /** Ranges of the packages that the user brings. */
  peerDependencies: Record<string, string>
}

export interface PackedPackage extends PublicPackage {
  tarball: string
}

/** Every package that is published, dependencies first; with `only`, those in these folders. */
export const findPublicPackages = (only?: readonly string[]): PublicPackage[] => {
  const order = [
    'contract',
    'store',
    'emitter',
    'contract-tests',
    'receiver',
    'metrics',
    'relay',
    'stream',
    'dashboard',
    'backend',
  ]
  const folders = readdirSync(join(root, 'packages')).sort(
    (a, b) => (order.indexOf(a) + 1 || order.length + 1) - (order.indexOf(b) + 1 || order.length + 1),
  )
  return folders.flatMap((name) => {
    if (only?.includes(name) === false) return []
    const folder = join(root, 'packages', name)
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    if (manifest.private || !existsSync(join(folder, 'src/index.ts'))) return []
    const { bin = {}, peerDependencies = {} } = manifest
    const entries = Object.keys(manifest.exports)
      .filter((path) => path !== './package.json')
      .map((path) => join(manifest.name, path))
    // `^22.18 || ^24 || >=26`: the oldest comes first.
    const oldestNode = `${/[\d.]+/.exec(manifest.engines.node)?.[0]}.0`
    return [{ name: manifest.name, folder, entries, oldestNode, bin, peerDependencies }]
  })
}
