import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { sourceFlags } from '../src/faults/bench/start-process.ts'
import { loadScenarios } from '../src/faults/load-scenarios.ts'
import { runScenarios } from '../src/faults/run-scenarios.ts'

// One process of each kind is killed here; `npm run faults` runs every scenario, and CI does.
const names = ['answers-lost', 'kill-one-of-two-relays', 'kill-sender']

test('whatever is killed or cut off, what was accepted is stored, once', {
  timeout: 180_000,
}, async () => {
  const scenarios = (await loadScenarios()).filter(({ name }) => names.includes(name))
  const reports = await runScenarios(scenarios, 1, () => {})
  expect(reports.map(({ scenario }) => scenario)).toEqual(names)
  for (const { scenario, judgement, error } of reports) {
    expect(error, scenario).toBeUndefined()
    expect(judgement, scenario).toMatchObject({ lost: 0, storedTwice: 0, contradictions: [] })
    expect(judgement?.accepted, scenario).toBeGreaterThan(0)
  }
})

test('--list names every scenario, each with a sentence', () => {
  const main = new URL('../src/faults/main.ts', import.meta.url).pathname
  const lines = execFileSync(process.execPath, [...sourceFlags, main, '--list'], { encoding: 'utf8' })
  const files = readdirSync(new URL('../src/faults/scenarios/', import.meta.url)).sort()
  const listed = lines
    .trim()
    .split('\n')
    .map((line) => /^([a-z-]+) +[A-Z].+\.$/.exec(line)?.[1])
  expect(listed.map((name) => `${name}.ts`)).toEqual(files)
})
