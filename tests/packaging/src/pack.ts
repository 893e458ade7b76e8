import { checkPublished } from './check-published.ts'
import { type PackedPackage, type PublicPackage, root } from './public-packages.ts'
import { runCommand } from './run-command.ts'
import { checkContents } from './tarball-contents.ts'

interface Packed {
  name: string
  filename: string
  files: { path: string }[]
}

/**
 * Packs as `pnpm publish` would (workspace ranges replaced), all in one run: pnpm takes longer to start than to pack.
 *
 * @returns the packed packages, by name
 */
export const packAll = async (
  packages: readonly PublicPackage[],
  destination: string,
): Promise<Map<string, Packed>> => {
  const filters = packages.flatMap(({ name }) => ['--filter', name])
  const args = ['--yes', 'pnpm@12.21.0', ...filters, 'pack', '--json', '--pack-destination', destination]
  const printed: Packed | Packed[] = JSON.parse(await runCommand('npx', args, root))
  return new Map([printed].flat().map((packed) => [packed.name, packed]))
}

/** Packs every package that would be published, and checks each entry. */
export const packAndCheck = async (
  packages: readonly PublicPackage[],
  destination: string,
): Promise<PackedPackage[]> => {
  const packed = await packAll(packages, destination)
  const checked: PackedPackage[] = []
  for (const each of packages) {
    const { filename: tarball, files = [] } = packed.get(each.name) ?? {}
    if (tarball === undefined) throw new Error(`Failed to pack ${each.name}: pnpm does not mention it.`)
    checkContents(
      each.name,
      each.folder,
      files.map(({ path }) => path),
    )
    await checkPublished(each.name, tarball)
    checked.push({ ...each, tarball })
  }
  return checked
}
