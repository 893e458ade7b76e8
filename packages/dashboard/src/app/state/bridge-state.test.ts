import type { BridgeResponse } from '@altcontext/webhook-metrics'
import { expect, test } from 'vitest'
import { bridgeStateOf, wrongNumbers } from './bridge-state.ts'

const checked = (details: Record<string, unknown> | undefined): BridgeResponse =>
  ({
    freshness: { completeThrough: '2026-11-22T00:00:00.000Z', backlog: 0, oldestDirtyAgeMs: null },
    jobs: { discrepancy: { run: details && { details } } },
  }) as unknown as BridgeResponse

test.each([
  ['never checked', undefined, undefined, 'healthy'],
  ['agreeing', { cells: 0, days: 0 }, 0, 'healthy'],
  ['a check before there were totals', { cells: 0 }, 0, 'healthy'],
  ['a wrong tenant day', { cells: 1, days: 0 }, 1, 'wrong'],
  ['wrong totals alone', { cells: 0, days: 2 }, 2, 'wrong'],
])('%s', (_case, details, wrong, state) => {
  expect([wrongNumbers(checked(details)), bridgeStateOf(checked(details))]).toEqual([wrong, state])
})
