import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { defineConfig, type TestUserConfig } from 'vitest/config'
import LongestFirstSequencer from './scripts/longest-first-sequencer.ts'

const root = import.meta.dirname
const testFiles = '{packages,examples,tools,tests}/*/{src,test}/**/*.test.ts'
/**
 * The stand-in for the real backend: `npm test -- --project host`. In a run of everything, its files use the workers of the
 * integration tests, which have loaded the packages.
 */
const hostFiles = process.argv.some((argument) => /^(?:--project=)?host$/.test(argument))
  ? ['tests/host/test/**/*.test.ts']
  : []

/**
 * A unit test needs no database, no browser, no other process and no built page: neither itself nor what it imports of its
 * package.
 */
const slowImport =
  /from '(?:node:(?:child_process|cluster|worker_threads)|@altcontext\/(?:embedded-database|test-database|test-browser))'|'\.\.\/dist\/app\//
const typeImport = /^(?:import|export) type [^']*'[^']+'/gm

const isUnit = (file: string, seen: Set<string>): boolean => {
  if (seen.has(file) || !existsSync(file)) return true
  seen.add(file)
  const source = readFileSync(file, 'utf8').replaceAll(typeImport, '')
  const imported = source.matchAll(/(?:from |import\()'(\.[^']+\.ts)'/g)
  return (
    !slowImport.test(source) &&
    [...imported].every(([, path]) => isUnit(join(dirname(file), path as string), seen))
  )
}

const unitFiles = globSync(testFiles, { cwd: root, exclude: ['**/node_modules'] }).filter(
  // Flows and documents are whole stories, however few parts one of them needs.
  (file) => !file.startsWith('tests/') && isUnit(join(root, file), new Set()),
)

const page = `${root}/packages/dashboard/test/build-app.ts`

const project = (test: TestUserConfig) => ({
  resolve: { conditions: ['@altcontext/source', 'node'] },
  ssr: { resolve: { conditions: ['@altcontext/source', 'node'] } },
  test: {
    root,
    // Databases, processes and sockets on two busy cores, or on a machine that is five times slower or stands still for
    // seconds: a test that hangs fails all the same.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 60_000 } },
    // What runs side by side in a file waits.
    maxConcurrency: 12,
    // Far from UTC and with quarter hours; test databases are in America/New_York.
    env: { TZ: 'Asia/Kathmandu' },
    ...test,
  },
})

export default defineConfig({
  test: {
    // Most files wait for a retry, a process or a database: two thirds of a file's time the processor is idle, and with many
    // more a slow machine keeps none of the waits that are tested.
    maxWorkers: 5,
    tags: [{ name: 'fuzz', description: 'Random runs, of which `npm run fuzz` makes ten times as many.' }],
    sequence: { sequencer: LongestFirstSequencer },
    reporters: ['default', './scripts/closing-line-reporter.mjs'],
    // Starts PostgreSQL when the first test asks for a database.
    globalSetup: `${root}/tools/test-database/src/global-setup.ts`,
    projects: [
      project({ name: 'unit', include: unitFiles, isolate: false, pool: 'threads' }),
      project({ name: 'host', include: hostFiles, globalSetup: page, isolate: false }),
      project({
        name: 'integration',
        include: [testFiles],
        exclude: ['**/node_modules/**', ...hostFiles, ...unitFiles],
        globalSetup: page,
        isolate: false,
      }),
    ],
  },
})
