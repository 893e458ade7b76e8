import { setTimeout as delay } from 'node:timers/promises'
import { withRelay } from '../load/with-relay.ts'
import type { FaultScenario } from '../scenario.ts'

export const scenario: FaultScenario = {
  description: 'Responses are lost after the receiver has committed.',
  weight: 5,
  run: (bench, round) =>
    withRelay(bench, round, {}, async () => {
      bench.proxy.mode = 'drop-responses'
      await delay(800)
      bench.proxy.mode = 'pass'
    }),
}
