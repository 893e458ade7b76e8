import { setTimeout as delay } from 'node:timers/promises'
import { withRelay } from '../load/with-relay.ts'
import type { FaultScenario } from '../scenario.ts'

export const scenario: FaultScenario = {
  description:
    'The receiver is away for longer than the first retries, while the relay continues to take events.',
  weight: 5,
  run: (bench, round) =>
    withRelay(bench, round, { loadPauseMs: 250 }, async () => {
      await bench.receiver.process.kill()
      await delay(12_000)
      await bench.receiver.restart()
      return undefined
    }),
}
