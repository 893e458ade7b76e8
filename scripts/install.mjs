import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const pnpmVersion = '12.21.0'

/** The repository's root, from wherever npm was called. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)))

const stamp = join(root, 'node_modules', '.installed')

/**
 * Installs the workspace with the pinned pnpm, which npm brings along. Silent unless it fails, and nothing to do
 * while the lockfile and the manifests are what they were.
 */
export function install() {
  const wanted = fingerprint()
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  console.error('Installing the dependencies (once, about a minute) ...')
  const { status, stdout, stderr, error } = spawnSync(
    'npx',
    ['--yes', `pnpm@${pnpmVersion}`, 'install', '--frozen-lockfile'],
    // CI makes pnpm replace an outdated node_modules without asking.
    { cwd: root, encoding: 'utf8', env: { ...quietEnvironment(), CI: 'true' }, maxBuffer: 64 * 1024 * 1024 },
  )
  if (status !== 0) {
    console.error(stdout)
    console.error(stderr || String(error))
    console.error(
      'Failed to install the dependencies: see above. Check the network and run the command again.',
    )
    process.exit(1)
  }
  writeFileSync(stamp, wanted)
}

/** npm hands its configuration on in the environment, and every nested npm warns about each name it does not know. */
function quietEnvironment() {
  const kept = Object.entries(process.env).filter(([name]) => !/^npm_(config|package|lifecycle)_/i.test(name))
  return { ...Object.fromEntries(kept), npm_config_loglevel: 'error', npm_config_update_notifier: 'false' }
}

function fingerprint() {
  const hash = createHash('sha256').update(process.platform + process.arch)
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json', ...workspaceManifests()]) {
    hash.update(file).update(readFileSync(join(root, file)))
  }
  return hash.digest('hex')
}

function workspaceManifests() {
  const folders = ['packages', 'examples', 'tools', 'tests'].flatMap((parent) =>
    readdirSync(join(root, parent)).map((name) => join(parent, name)),
  )
  return [...folders, 'bench']
    .map((folder) => join(folder, 'package.json'))
    .filter((file) => existsSync(join(root, file)))
    .sort()
}

if (process.argv[1] === fileURLToPath(import.meta.url)) install()
