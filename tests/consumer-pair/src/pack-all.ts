import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { findPublicPackages } from '../../packaging/src/public-packages.ts'
import { runCommand } from '../../packaging/src/run-command.ts'

/** Tarballs by package name. */
export type Tarballs = Record<string, string>

/** Packs what `npm run build` has built, unless the folder holds a package already. */
export const packAll = (destination: string): Tarballs => {
  const used = ['contract', 'store', 'emitter', 'contract-tests', 'receiver', 'relay']
  return Object.fromEntries(
    findPublicPackages(used).map(({ name, folder }) => {
      if (findTarball(name, destination) === undefined)
        runCommand('npx', ['--yes', 'pnpm@12.21.0', 'pack', '--pack-destination', destination], folder)
      return [name, join(destination, findTarball(name, destination) ?? '')]
    }),
  )
}

const findTarball = (name: string, destination: string): string | undefined => {
  const prefix = `${name.slice(1).replace('/', '-')}-`
  return readdirSync(destination).find((each) => new RegExp(`^${prefix}\\d`).test(each))
}
