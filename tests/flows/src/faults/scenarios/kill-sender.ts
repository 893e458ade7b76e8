import { setTimeout as delay } from 'node:timers/promises'
import { waitUntil } from '../bench/wait-until.ts'
import { withSender } from '../load/with-sender.ts'
import type { FaultScenario } from '../scenario.ts'

export const scenario: FaultScenario = {
  description:
    'A product is killed at a random moment after its first event; the next one delivers the remaining events.',
  weight: 30,
  run: (bench, round) =>
    withSender(bench, round, {}, async (sender) => {
      await waitUntil('an event is accepted', async () => sender.lines.length > 0)
      await delay(Math.random() * 300)
      await sender.kill()
      return sender.lines
    }),
}
