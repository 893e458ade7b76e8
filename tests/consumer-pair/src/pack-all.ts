import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { findPublicPackages } from '../../packaging/src/public-packages.ts'
import { runCommand } from '../../packaging/src/run-command.ts'

/** Tarballs by package name. */
export type Tarballs = Record<string, string>

/** Packs what `npm run build` has built. */
export const packAll = (destination: string): Tarballs => {
  const used = ['contract', 'store', 'emitter', 'contract-tests', 'receiver', 'relay']
  return Object.fromEntries(
    findPublicPackages(used).map(({ name, folder }) => {
      runCommand('npx', ['--yes', 'pnpm@12.21.0', 'pack', '--pack-destination', destination], folder)
      const prefix = `${name.slice(1).replace('/', '-')}-`
      const file = readdirSync(destination).find((each) => new RegExp(`^${prefix}\\d`).test(each))
      return [name, join(destination, file ?? '')]
    }),
  )
}
