import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { packAll } from '../../packaging/src/pack.ts'
import { findPublicPackages } from '../../packaging/src/public-packages.ts'
import { runCommand } from '../../packaging/src/run-command.ts'

/** Tarballs by package name. */
export type Tarballs = Record<string, string>

/** Packs the packages that `npm run build` has built, unless the folder has them already. */
export const packUsed = async (destination: string): Promise<Tarballs> => {
  const used = findPublicPackages(['contract', 'store', 'emitter', 'contract-tests', 'receiver', 'relay'])
  const missing = used.filter(({ name }) => findTarball(name, destination) === undefined)
  if (missing.length > 0) await packAll(missing, destination)
  return Object.fromEntries(
    used.map(({ name }) => [name, join(destination, findTarball(name, destination) ?? '')]),
  )
}

/** A file of a packed package. */
export const readPacked = (tarballs: Tarballs, name: string, file: string): Promise<string> =>
  runCommand('tar', ['-xzOf', tarballs[name] ?? '', `package/${file}`], '.')

const findTarball = (name: string, destination: string): string | undefined => {
  const prefix = `${name.slice(1).replace('/', '-')}-`
  return readdirSync(destination).find((each) => new RegExp(`^${prefix}\\d`).test(each))
}
