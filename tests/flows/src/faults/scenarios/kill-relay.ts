import { setTimeout as delay } from 'node:timers/promises'
import { withRelay } from '../load/with-relay.ts'
import type { FaultScenario } from '../scenario.ts'

export const scenario: FaultScenario = {
  description: 'A relay on a SQLite file is killed while producers post to it, and started again.',
  weight: 25,
  run: (bench, round) =>
    withRelay(bench, round, {}, async ({ relay, restart }) => {
      await delay(100 + Math.random() * 400)
      await relay.kill()
      await restart()
    }),
}
