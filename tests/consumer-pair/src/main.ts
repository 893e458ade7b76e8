import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { applyMigrations, startEmbeddedPostgres } from '@altcontext/embedded-database'
import { findPublicPackages } from '../../packaging/src/public-packages.ts'
import { runCommand } from '../../packaging/src/run-command.ts'

// What `npm run build` has built is packed, installed in two projects outside the repository, and each runs its
// half of the contract tests. Nothing of the repository is reachable from them.
const projectsFolder = join(import.meta.dirname, '../projects')
const prismaFolder = join(import.meta.dirname, '../../../examples/marketing-backend/prisma')
const folder = mkdtempSync(join(tmpdir(), 'consumer-pair-'))

const packAll = (): Record<string, string> => {
  const destination = join(folder, 'tarballs')
  mkdirSync(destination)
  const used = ['contract', 'store', 'emitter', 'contract-tests', 'receiver']
  return Object.fromEntries(
    findPublicPackages(used).map(({ name, folder: source }) => {
      runCommand('npx', ['--yes', 'pnpm@12.21.0', 'pack', '--pack-destination', destination], source)
      const prefix = `${name.slice(1).replace('/', '-')}-`
      const file = readdirSync(destination).find((each) => new RegExp(`^${prefix}\\d`).test(each))
      return [name, `file:${join(destination, file ?? '')}`]
    }),
  )
}

const install = (project: string, tarballs: Record<string, string>): string => {
  const destination = join(folder, project)
  cpSync(join(projectsFolder, project), destination, { recursive: true })
  const file = join(destination, 'package.json')
  const manifest = JSON.parse(readFileSync(file, 'utf8'))
  for (const dependencies of [manifest.dependencies, manifest.devDependencies]) {
    for (const name of Object.keys(dependencies)) dependencies[name] = tarballs[name] ?? dependencies[name]
  }
  // A tarball's own dependencies are tarballs, too, as long as nothing is published. What is named above is
  // excepted: npm wants those to be the same, and they are.
  manifest.overrides = tarballs
  writeFileSync(file, JSON.stringify(manifest, null, 2))
  runCommand(
    'npm',
    ['install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'],
    destination,
  )
  return destination
}

const lastLineWith = (text: string, pattern: RegExp): string =>
  text
    .split('\n')
    .findLast((line) => pattern.test(line))
    ?.trim() ?? ''

try {
  const tarballs = packAll()
  const producer = install('producer', tarballs)
  console.log(`producer: ${lastLineWith(runCommand('npm', ['test', '--silent'], producer), /pass \d+/)}`)

  const consumer = install('consumer', tarballs)
  await using database = await startEmbeddedPostgres({ dataDir: join(folder, 'database') })
  const schemaFolder = join(prismaFolder, 'schema')
  await applyMigrations({
    url: database.url,
    migrationsDirectory: `${prismaFolder}/migrations`,
    schemaFiles: readdirSync(schemaFolder).map((file) => join(schemaFolder, file)),
  })
  process.env.DATABASE_URL = database.url
  console.log(`consumer: ${lastLineWith(runCommand('npm', ['test', '--silent'], consumer), /Tests/)}`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
