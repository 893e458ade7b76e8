import { expect, test } from 'vitest'
import { faults, runFaults } from '../src/faults/run-faults.ts'

test('whatever is killed or cut off, what was accepted is stored, once (one round of each; npm run faults has more)', {
  timeout: 180_000,
}, async () => {
  const reports = await runFaults(1, () => {})
  expect(reports.map(({ fault }) => fault)).toEqual(faults.map(({ name }) => name))
  for (const report of reports) {
    expect(report).toMatchObject({ stored: report.accepted, lost: 0, storedTwice: 0 })
    expect(report.accepted, report.fault).toBeGreaterThan(0)
  }
})
