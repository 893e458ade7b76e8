import { readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { createTestDatabase } from '@altcontext/test-database'
import { expect, test } from 'vitest'
import { findPython } from '../src/find-python.ts'
import { pythonFolder, runPython } from '../src/run-python.ts'

interface PythonTest {
  name: string
  status: 'passed' | 'failed' | 'skipped'
  message: string
}

const python = findPython()

const modules = readdirSync(`${pythonFolder}tests`).filter((file) => file.startsWith('test_'))
/** Many tests mostly wait, so two processes run half of the modules each, each with its own database. */
const processes = 2

const runAllTests = async (command: string): Promise<PythonTest[]> => {
  const shares = Array.from({ length: processes }, (_, share) =>
    modules.filter((_module, at) => at % processes === share).map((file) => `tests.${basename(file, '.py')}`),
  )
  return (await Promise.all(shares.map((names) => runTests(command, names)))).flat()
}

const runTests = async (command: string, names: readonly string[]): Promise<PythonTest[]> => {
  const database = await createTestDatabase()
  try {
    const { code, output, errors } = await runPython(command, ['-m', 'tests', ...names], {
      WEBHOOK_TEST_DATABASE: database.url,
    })
    const tests = output
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as PythonTest)
    // A runner that ended early has said so only in its last lines.
    if (code !== 0 && tests.every(({ status }) => status !== 'failed')) {
      tests.push({ name: 'the tests run to their end', status: 'failed', message: errors })
    }
    return tests
  } finally {
    await database.drop()
  }
}

/** Without a Python the tests are still listed, so that the run says how many were left out. */
const namedTests = (): PythonTest[] =>
  modules
    .flatMap((file) => [
      ...readFileSync(`${pythonFolder}tests/${file}`, 'utf8').matchAll(/^ +(?:async )?def test_(\w+)/gm),
    ])
    .map(([, name = '']) => ({
      name: name.replaceAll('_', ' '),
      status: 'skipped',
      message: 'There is no python3 of version 3.10 or newer.',
    }))

// The Python tests run while this file is collected, so that each is a test here too, with its own name.
const tests = python === undefined ? namedTests() : await runAllTests(python)

for (const { name, status, message } of tests) {
  test(name, (context) => {
    context.skip(status === 'skipped', message)
    expect(status, message).toBe('passed')
  })
}
