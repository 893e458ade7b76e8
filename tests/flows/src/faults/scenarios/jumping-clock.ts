import { setTimeout as delay } from 'node:timers/promises'
import { withRelay } from '../load/with-relay.ts'
import type { FaultScenario } from '../scenario.ts'

const preload = new URL('../programs/jumping-clock.ts', import.meta.url).pathname

export const scenario: FaultScenario = {
  description: 'The clock of a relay jumps by hours all the time; then the relay is killed as well.',
  weight: 5,
  run: (bench, round) =>
    withRelay(bench, round, { nodeArgs: [`--import=${preload}`] }, async ({ relay, restart }) => {
      await delay(300 + Math.random() * 300)
      await relay.kill()
      await restart()
    }),
}
