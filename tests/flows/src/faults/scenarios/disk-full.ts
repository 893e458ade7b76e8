import { waitUntil } from '../bench/wait-until.ts'
import { withSender } from '../load/with-sender.ts'
import type { FaultScenario } from '../scenario.ts'

export const scenario: FaultScenario = {
  description:
    'The file of an outbox cannot grow: accepted events are delivered, and the product was told which were not accepted.',
  weight: 5,
  run: async (bench, round) => {
    bench.proxy.mode = 'reset'
    return withSender(bench, round, { MAX_FILE_BYTES: '200000' }, async (sender) => {
      await waitUntil('the disk is full', async () => sender.lines.includes('full'))
      bench.proxy.mode = 'pass'
      await sender.ended()
      return sender.lines.filter((line) => line !== 'full')
    })
  },
}
