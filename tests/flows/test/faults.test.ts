import { expect, test } from 'vitest'
import { loadScenarios } from '../src/faults/load-scenarios.ts'
import { runScenarios } from '../src/faults/run-scenarios.ts'

test('whatever is killed or cut off, what was accepted is stored, once (one round of each; npm run faults has more)', {
  timeout: 180_000,
}, async () => {
  const scenarios = (await loadScenarios()).filter((scenario) => scenario.whyUnavailable?.() === undefined)
  const reports = await runScenarios(scenarios, 1, () => {})
  expect(reports.map(({ scenario }) => scenario)).toEqual(scenarios.map(({ name }) => name))
  for (const { scenario, judgement, error } of reports) {
    expect(error, scenario).toBeUndefined()
    expect(judgement, scenario).toMatchObject({ lost: 0, storedTwice: 0, contradictions: [] })
    expect(judgement?.accepted, scenario).toBeGreaterThan(0)
  }
})
