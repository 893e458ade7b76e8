import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { applyMigrations, startEmbeddedPostgres } from '@altcontext/embedded-database'
import pg from 'pg'
import { readCommandLine } from '../../../scripts/read-command-line.ts'
import { runCommand } from '../../packaging/src/run-command.ts'
import { tryNodeReadme, tryPythonReadme } from './check-first-screens.ts'
import { checkRunningServer } from './check-running-server.ts'
import { installProject } from './install-project.ts'
import { packUsed, type Tarballs } from './pack-used.ts'
import { startServer } from './running-server.ts'

readCommandLine({
  usage: `Usage: npm run consumer-pair

Tests a producer's and a consumer's repository with only the packed packages; run npm run build first.
`,
  options: {},
})

// What `npm run build` has built is packed, installed in projects outside the repository, and each runs its half of
// the contract tests. Nothing of the repository is reachable from them.
const examples = join(import.meta.dirname, '../../../examples')
const projects = join(import.meta.dirname, '../projects')
const folder = mkdtempSync(join(tmpdir(), 'consumer-pair-'))

const say = (who: string, text: string, pattern: RegExp, startedMs: number): void => {
  const line = text.split('\n').findLast((each) => pattern.test(each))
  if (line === undefined) throw new Error(`Failed to find ${pattern} in the output of ${who}:\n${text}`)
  console.log(
    `${who}: ${stripVTControlCharacters(line).trim()} (${Math.round((performance.now() - startedMs) / 1000)} s)`,
  )
}
const createDatabase = async (serverUrl: string, name: string): Promise<string> => {
  const client = new pg.Client({ connectionString: serverUrl })
  await client.connect()
  await client.query(`CREATE DATABASE ${name}`)
  await client.end()
  return Object.assign(new URL(serverUrl), { pathname: `/${name}` }).href
}
const runTests = async (
  who: string,
  project: string,
  pattern: RegExp,
  env: Readonly<Record<string, string>> = {},
): Promise<void> => {
  const startedMs = performance.now()
  say(who, await runCommand('npm', ['test', '--silent'], project, env), pattern, startedMs)
}

const tryProducer = async (tarballs: Tarballs): Promise<void> => {
  const project = join(folder, 'producer')
  await installProject(join(projects, 'producer'), project, tarballs)
  await runTests('producer', project, /pass \d+/)
}

const tryPythonProducer = async (tarballs: Tarballs): Promise<void> => {
  const project = join(folder, 'python-producer')
  await installProject(join(projects, 'python-producer'), project, tarballs)
  for (const file of ['emit_lines.py', 'events.py']) {
    cpSync(join(examples, 'description-service/python', file), join(project, file))
  }
  await runTests('producer in Python, with a relay', project, /pass \d+/)
}

const tryConsumers = async (tarballs: Tarballs): Promise<void> => {
  await using database = await startEmbeddedPostgres({ dataDir: join(folder, 'database') })
  const prismaFolder = join(examples, 'marketing-backend/prisma')
  const schemaFolder = join(prismaFolder, 'schema')
  await applyMigrations({
    url: database.url,
    migrationsDirectory: `${prismaFolder}/migrations`,
    schemaFiles: readdirSync(schemaFolder).map((file) => join(schemaFolder, file)),
  })
  const consumer = join(folder, 'consumer')
  await installProject(join(projects, 'consumer'), consumer, tarballs)
  await runTests('consumer', consumer, /Tests/, { DATABASE_URL: database.url })

  const shop = join(folder, 'shop')
  await installProject(join(examples, 'shop'), shop, tarballs)
  const books = await createDatabase(database.url, 'books')
  await runTests('a shop and its books', shop, /pass \d+/, { DATABASE_URL: books })

  await using server = await startServer(database.url)
  const sayHow = async (who: string, pattern: RegExp, run: () => Promise<string>): Promise<void> => {
    const startedMs = performance.now()
    say(who, await run(), pattern, startedMs)
  }
  await sayHow('the first screen of the README for Node', /delivered: 1,/, () =>
    tryNodeReadme(join(folder, 'first-node'), tarballs, server),
  )
  await sayHow('the first screen of the README for Python', /delivered=1,/, () =>
    tryPythonReadme(join(folder, 'first-python'), server),
  )
  await sayHow('the running example server, from an empty folder', /passed/, () =>
    checkRunningServer(join(folder, 'empty'), tarballs, server),
  )
}

try {
  const packed = process.env.TARBALLS ?? join(folder, 'tarballs')
  mkdirSync(packed, { recursive: true })
  const tarballs = await packUsed(packed)
  // Side by side: the producers mostly wait for the next attempt. A failure is reported once all have ended.
  const tried = await Promise.allSettled(
    [tryProducer, tryPythonProducer, tryConsumers].map((attempt) => attempt(tarballs)),
  )
  const failures = tried.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))
  if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join('\n'))
} finally {
  rmSync(folder, { recursive: true, force: true })
}
