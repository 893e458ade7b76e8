import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { sourceFlags } from '../src/faults/bench/start-process.ts'
import { loadScenarios } from '../src/faults/load-scenarios.ts'
import { runScenarios } from '../src/faults/run-scenarios.ts'

// One process of each kind is killed here; `npm run faults` runs every scenario, and CI does.
const names = ['kill-one-of-two-relays', 'kill-sender', 'responses-lost']

test('accepted events are stored once, whatever is killed or cut off', async () => {
  const scenarios = (await loadScenarios()).filter(({ name }) => names.includes(name))
  const reports = await runScenarios(scenarios, { rounds: 1, onReport: () => {} })
  expect(reports.map(({ scenario }) => scenario).sort()).toEqual(names)
  for (const { scenario, judgement, error } of reports) {
    expect(error, scenario).toBeUndefined()
    expect(judgement, scenario).toMatchObject({ lost: 0, storedTwice: 0, contradictions: [] })
    expect(judgement?.accepted, scenario).toBeGreaterThan(0)
  }
})

const main = new URL('../src/faults/main.ts', import.meta.url).pathname

test('--list names every scenario, each with a sentence', () => {
  const lines = execFileSync(process.execPath, [...sourceFlags, main, '--list'], { encoding: 'utf8' })
  const files = readdirSync(new URL('../src/faults/scenarios/', import.meta.url)).sort()
  const listed = lines
    .trim()
    .split('\n')
    .map((line) => /^([a-z-]+) +[A-Z].+\.$/.exec(line)?.[1])
  expect(listed.map((name) => `${name}.ts`)).toEqual(files)
})

test('every script of this repository handles --help and unknown options in the same way', () => {
  const root = new URL('../../../', import.meta.url)
  const { scripts } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
    scripts: Record<string, string>
  }
  const files = Object.values(scripts).flatMap((script) => /run-source\.mjs (\S+)/.exec(script)?.[1] ?? [])
  // The published commands use commander.
  const own = files.filter((file) => !file.startsWith('packages/'))
  expect(own.length).toBeGreaterThan(6)
  for (const file of own) {
    expect(readFileSync(new URL(file, root), 'utf8'), file).toContain('readCommandLine({')
  }

  // One that imports little.
  const script = new URL('../../postgres-versions/src/main.ts', import.meta.url).pathname
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [...sourceFlags, script, ...args], { encoding: 'utf8' })
  const usage = 'Usage: npm run test:postgres'
  expect(run('--help')).toMatchObject({ status: 0, stdout: expect.stringContaining(usage) })
  const { status, stderr } = run('--rouns', '3')
  expect(status).toBe(2)
  expect(stderr).toContain(`Failed to read the command line: Unknown option '--rouns'.\n\n${usage}`)
})
