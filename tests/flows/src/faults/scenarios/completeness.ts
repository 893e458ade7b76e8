import { createLiveTally, runLiveRounds } from '../completeness/live-rounds.ts'
import type { FaultScenario } from '../scenario.ts'

/** Enough for each disturbance to come once. */
const liveRounds = 5

export const scenario: FaultScenario = {
  description:
    'Rows are deleted at the receiver and in two outboxes, and events marked as delivered that never were.',
  weight: 5,
  run: (bench, round) => runLiveRounds(bench, round, { count: liveRounds, tally: createLiveTally() }),
}
