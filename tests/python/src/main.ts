import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { startTestPostgres } from '@altcontext/test-database'
import { findPython } from './find-python.ts'
import { generatedFiles } from './generated-files.ts'
import { pythonEnvironment, pythonFolder } from './run-python.ts'

const usage = `Usage: npm run python -- COMMAND
  test [NAMES]   the package's own tests (unittest), with a PostgreSQL of their own
  generate       write the files that are made of the contract and of the outbox's migrations
  types          mypy --strict
  build          wheel and sdist into python/dist, without network
`

const [command = '', ...args] = process.argv.slice(2)
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

const runTests = async (): Promise<number> => {
  const server = await startTestPostgres()
  try {
    const names = args.length === 0 ? ['discover', '-t', '.', '-s', 'tests'] : args
    return await run(['-m', 'unittest', ...names], { WEBHOOK_TEST_DATABASE: server.url })
  } finally {
    await server.remove()
  }
}

const commands: Record<string, () => Promise<number>> = {
  test: runTests,
  types: () => run(['-m', 'mypy']),
  build: () => run(['build_offline.py']),
  async generate() {
    for (const [file, text] of generatedFiles()) writeFileSync(file, text)
    return 0
  },
}

const chosen = commands[command]
if (chosen === undefined) {
  process.stderr.write(usage)
  process.exitCode = 2
} else if (python === undefined && command !== 'generate') {
  process.stderr.write('Failed to run Python: no python3 of version 3.10 or newer was found. Install one.\n')
  process.exitCode = 1
} else {
  process.exitCode = await chosen()
}
