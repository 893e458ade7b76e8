import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, relative } from 'node:path'
import { createProgram, loadContract, runProgram } from '@altcontext/webhook-contract/command-line'
import type { Command } from 'commander'
import { manifestFile } from '../prisma-files.ts'
import { type FindPrismaOptions, findPrismaProject } from './find-prisma-project.ts'
import { InstallError } from './install-error.ts'
import { plainSql } from './plain-sql.ts'
import { planMigrations } from './plan-migrations.ts'
import { type Change, planModels } from './plan-models.ts'

export interface CliContext {
  /** The host's folder. */
  root: string
  /** Writes results to standard output. */
  out(text: string): void
  /** Writes errors to standard error. */
  note(text: string): void
}

type Paths = Omit<FindPrismaOptions, 'root'>

/**
 * `webhook-store install | check | upgrade | sql`.
 *
 * @returns the exit code: 0 done, or nothing to do; 1 `check` found a difference; 2 the command failed
 */
export const runCli = async (args: readonly string[], { root, out, note }: CliContext): Promise<number> => {
  let exitCode = 0
  const writeError = (text: string): void => note(text.trimEnd())
  const program = createProgram({
    name: 'webhook-store',
    description: "The bridge's tables in a host's Prisma schema",
    package: { name: '@altcontext/webhook-store', url: import.meta.url },
    write: (text) => out(text.trimEnd()),
    writeError,
  })
  const command = (name: string, description: string): Command =>
    program
      .command(name)
      .description(description)
      .option('--schema <path>', 'schema.prisma or the folder of the schema, if it is not found without it')
      .option('--migrations <path>', 'folder of the migrations, if it is not found without it')
  const change = ({ dryRun = false, ...paths }: Paths & { dryRun?: boolean }, isUpgrade: boolean): void => {
    const { changes, problems } = plan(root, paths, { isUpgrade })
    for (const { path, content, says } of changes) {
      if (!dryRun) write(path, content)
      out(`${dryRun ? 'Would write' : 'Wrote'} ${relative(root, path)}: ${says}`)
    }
    for (const problem of problems) note(sentence(problem))
    if (problems.length > 0) exitCode = 2
    else if (changes.length === 0) out('Nothing to do: schema and migrations are up to date.')
    else if (!dryRun) out('Now run: npx prisma migrate deploy && npx prisma generate')
  }

  command('install', "puts models and migrations into the host's schema; running it again changes nothing")
    .option('--dry-run', 'say what would be done, and do nothing')
    .action((options) => change(options, false))
  command('upgrade', 'adds what is new in this version of the package')
    .option('--dry-run', 'say what would be done, and do nothing')
    .action((options) => change(options, true))
  command(
    'check',
    "for the host's CI: whether schema and migrations are those of this version of the package",
  ).action((paths: Paths) => {
    const { changes, problems } = plan(root, paths, { isUpgrade: false })
    for (const { path, says } of changes)
      note(`${relative(root, path)} is out of date: it ${says} in ${version()}.`)
    for (const problem of problems) note(sentence(problem))
    if (changes.length > 0) note('Run: npx @altcontext/webhook-store install')
    if (changes.length + problems.length === 0) out(`Schema and migrations are those of ${version()}.`)
    else exitCode = 1
  })

  program
    .command('sql')
    .description('prints the tables as one script, for a database without Prisma')
    .option(
      '--contract <module>',
      'a JavaScript file whose export "contract" (or default) is what defineContract() returned; if it names no leads, the tables refer to none',
    )
    .action(async ({ contract }: { contract?: string }) => out(plainSql(await loadContract(contract))))

  return runProgram(program, args, {
    writeError,
    exitCode: () => exitCode,
    explain: (error) => (error instanceof InstallError ? { message: error.message } : undefined),
  })
}

const plan = (
  root: string,
  paths: Paths,
  { isUpgrade }: { isUpgrade: boolean },
): { changes: Change[]; problems: string[] } => {
  const project = findPrismaProject({ root, ...paths })
  const migrations = planMigrations(project.migrations)
  if (isUpgrade && !migrations.isInstalled) {
    throw new InstallError(
      'not_installed',
      `Failed to upgrade: ${relative(root, project.migrations)} has no migration of the bridge. Run npx @altcontext/webhook-store install.`,
    )
  }
  // Something is already wrong: adding migrations and models now would make it worse.
  const changes = migrations.problems.length > 0 ? [] : [...planModels(project), ...migrations.changes]
  return { changes, problems: migrations.problems }
}

const write = (path: string, content: string): void => {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
}

const sentence = (problem: string): string => `${problem[0]?.toUpperCase()}${problem.slice(1)}.`

const version = (): string => {
  const manifest = JSON.parse(readFileSync(manifestFile, 'utf8')) as {
    name: string
    version: string
  }
  return `${manifest.name} ${manifest.version}`
}
