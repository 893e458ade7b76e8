import fc from 'fast-check'
import { expect, test } from 'vitest'
import { findDiscrepancies } from '../src/rollups/find-discrepancies.ts'
import { findDifference } from './oracle/compare-responses.ts'
import { historiesOf } from './oracle/history.ts'
import { emptyDatabase, playHistory, prepareHost } from './oracle/play-history.ts'
import { createTestBridge } from './test-bridge.ts'

// `npm run fuzz` makes it more.
const fuzzFactor = Number(process.env.FUZZ_FACTOR ?? 1)
const timeLimitMs = 60_000 * fuzzFactor

test('returns in every field of every route what plain arithmetic over the distinct events says', {
  tags: ['fuzz'],
  timeout: 3 * timeLimitMs,
}, async () => {
  await using bridge = await createTestBridge()
  await prepareHost(bridge)
  await fc.assert(
    fc.asyncProperty(historiesOf({ events: 5, steps: 2, visits: 0 }), async (history) => {
      await emptyDatabase(bridge)
      const world = await playHistory(bridge, history)
      expect(await findDifference(bridge, world)).toBeUndefined()
      const now = () => world.nowMs
      expect(await findDiscrepancies(bridge.database, { now })).toMatchObject({ cells: 0, days: 0 })
    }),
    // A history that fails is shrunk for this long, and then reported as it is. A slow machine has checked fewer histories.
    { numRuns: 3 * fuzzFactor, interruptAfterTimeLimit: timeLimitMs },
  )
})
