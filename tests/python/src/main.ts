import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { startTestPostgres } from '@altcontext/test-database'
import { readCommandLine, refuse } from '../../../scripts/read-command-line.ts'
import { findPython } from './find-python.ts'
import { generatedFiles } from './generated-files.ts'
import { formatPython, lintPython } from './ruff.ts'
import { type FaultReport, killSqliteEmitter, shareOnePostgresOutbox } from './run-faults.ts'
import { pythonEnvironment, pythonFolder } from './run-python.ts'

const usage = `Usage: npm run python -- COMMAND

  test [NAMES]   the package's own tests (unittest), with a PostgreSQL of their own; options of unittest follow a second --
  generate       write the files that are made of the contract and of the outbox's migrations
  types          mypy --strict
  lint           what ruff finds; needs no Python
  format         the files as ruff formats them; needs no Python
  faults         kills, lost responses, a receiver that is away, rollbacks; compares by id
  bench [N]      the cost of one event in its caller, and a burst of N (20000)
  build          wheel and sdist into python/dist, without network
`

const { positionals } = readCommandLine({ usage, options: {}, maxPositionals: Number.POSITIVE_INFINITY })
const [command = '', ...args] = positionals
const python = findPython()

const run = (argv: readonly string[], env: Record<string, string> = {}): Promise<number> =>
  new Promise((resolve, reject) => {
    const child = spawn(python ?? 'python3', argv, {
      cwd: pythonFolder,
      env: pythonEnvironment(env),
      stdio: 'inherit',
    })
    child.on('error', reject)
    child.on('exit', (code) => resolve(code ?? 1))
  })

const withPostgres = async (use: (url: string) => Promise<number>): Promise<number> => {
  const server = await startTestPostgres()
  try {
    return await use(server.url)
  } finally {
    await server.remove()
  }
}

const runTests = (): Promise<number> =>
  withPostgres((url) => {
    const names = args.length === 0 ? ['discover', '-t', '.', '-s', 'tests'] : args
    return run(['-m', 'unittest', ...names], { WEBHOOK_TEST_DATABASE: url })
  })

const runFaults = (): Promise<number> =>
  withPostgres(async (url) => {
    const reports: FaultReport[] = []
    for (const round of [killSqliteEmitter, shareOnePostgresOutbox]) {
      const report = await round(python ?? 'python3', url)
      reports.push(report)
      const { name, accepted, lost, storedTwice, rolledBack, kills } = report
      process.stdout.write(
        `${name}: ${kills} kills, accepted ${accepted} lost ${lost} stored-twice ${storedTwice} rolled-back ${rolledBack}\n`,
      )
    }
    return reports.every(({ lost, storedTwice, rolledBack }) => lost + storedTwice + rolledBack === 0) ? 0 : 1
  })

const commands: Record<string, () => Promise<number>> = {
  test: runTests,
  faults: runFaults,
  bench: () => withPostgres((url) => run(['-m', 'tests.bench', ...args], { WEBHOOK_TEST_DATABASE: url })),
  types: () => run(['-m', 'mypy']),
  build: () => run(['build_offline.py']),
  async lint() {
    const problems = lintPython()
    for (const problem of problems) process.stdout.write(`${problem}\n`)
    return problems.length === 0 ? 0 : 1
  },
  async format() {
    formatPython()
    return 0
  },
  async generate() {
    for (const [file, text] of generatedFiles()) writeFileSync(file, text)
    return 0
  },
}

const withoutPython = new Set(['generate', 'lint', 'format'])

const chosen = commands[command]
if (chosen === undefined) {
  refuse(command === '' ? 'a command is missing' : `there is no command "${command}"`, usage)
} else if (python === undefined && !withoutPython.has(command)) {
  process.stderr.write('Failed to run Python: no python3 of version 3.10 or newer was found. Install one.\n')
  process.exitCode = 1
} else {
  process.exitCode = await chosen()
}
