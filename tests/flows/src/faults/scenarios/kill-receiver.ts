import { setTimeout as delay } from 'node:timers/promises'
import { withRelay } from '../load/with-relay.ts'
import type { FaultScenario } from '../scenario.ts'

export const scenario: FaultScenario = {
  description: 'The receiver is killed while a relay delivers, and started again.',
  weight: 15,
  run: (bench, round) =>
    withRelay(bench, round, {}, async () => {
      await delay(Math.random() * 150)
      await bench.receiver.restart()
    }),
}
