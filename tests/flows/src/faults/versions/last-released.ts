import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, symlinkSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../../../../', import.meta.url))
const packages = ['contract', 'store', 'receiver', 'metrics']
const program = fileURLToPath(new URL('../programs/backend-main.ts', import.meta.url))

/**
 * Until something is released, the state before this migration takes its place: a server of that state does not know this migration, nor
 * the later ones.
 */
const firstMigrationSince = 'packages/store/prisma/migrations/20261129060000_tenants_list'

export interface ReleasedVersion {
  /** The tag, or the commit. */
  name: string
  /** `programs/backend-main.ts`, on the packages of that version. */
  program: URL
  /** The example's schema and migrations of that version. */
  prisma: URL
}

const gitIn =
  (cwd: string) =>
  (...args: string[]): string => {
    const { status, stdout } = spawnSync('git', args, { cwd, encoding: 'utf8' })
    return status === 0 ? stdout.trim() : ''
  }
const git = gitIn(root)

/**
 * The newest tag of a release before the commit that is checked out, which may be a release itself; or what takes its place. Empty in
 * a copy without its history.
 */
export const findReleased = (folder = root): string => {
  const ask = gitIn(folder)
  const tag = ask('describe', '--tags', '--abbrev=0', '--match', '@altcontext/webhook-store@*', 'HEAD^')
  if (tag !== '') return tag
  const since = ask('log', '--diff-filter=A', '-1', '--format=%H', '--', firstMigrationSince)
  return since === '' ? '' : ask('rev-parse', '--short', '--verify', '--quiet', `${since}^`)
}

export const whyNoRelease = (): string | undefined =>
  findReleased() === ''
    ? 'this copy has no history to take the last release from; `git fetch --unshallow --tags` gets it'
    : undefined

/**
 * Puts the packages of the last release below `.cache`, once, with the libraries that are installed here.
 *
 * @throws when git does not know that release
 */
export const lastReleased = (): ReleasedVersion => {
  const name = findReleased()
  const commit = git('rev-parse', `${name}^{commit}`)
  const home = join(root, '.cache/released', commit)
  if (!existsSync(home)) {
    mkdirSync(join(root, '.cache/released'), { recursive: true })
    const unfinished = mkdtempSync(join(root, '.cache/released/unfinished-'))
    const parts = ['package.json', 'src'].flatMap((part) =>
      packages.map((folder) => `packages/${folder}/${part}`),
    )
    const paths = [...parts, 'packages/store/prisma', 'examples/marketing-backend/prisma']
    const archive = execFileSync('git', ['archive', commit, ...paths], { cwd: root, maxBuffer: 268_435_456 })
    execFileSync('tar', ['-x', '-C', unfinished], { input: archive })
    for (const folder of packages) linkLibraries(`packages/${folder}`, unfinished)
    linkLibraries('tests/flows', unfinished, '.')
    renameSync(unfinished, home)
  }
  // Beside it, so that it finds the packages there and not those of today.
  cpSync(program, join(home, 'backend-main.ts'))
  const urlOf = (path: string): URL => new URL(`file://${join(home, path)}`)
  return { name, program: urlOf('backend-main.ts'), prisma: urlOf('examples/marketing-backend/prisma/') }
}

/** The packages that are installed for a folder of today are also there for the same folder of that release; our own are those of the release. */
const linkLibraries = (folder: string, home: string, to = folder): void => {
  const installed = join(root, folder, 'node_modules')
  const target = join(home, to, 'node_modules')
  const ours = join(target, '@altcontext')
  mkdirSync(ours, { recursive: true })
  for (const name of packages)
    symlinkSync(relative(ours, join(home, 'packages', name)), join(ours, `webhook-${name}`))
  for (const entry of readdirSync(installed)) {
    if (entry !== '@altcontext' && !entry.startsWith('.'))
      symlinkSync(join(installed, entry), join(target, entry))
  }
}
