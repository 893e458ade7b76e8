import { startBadReceiver } from '../bench/start-bad-receiver.ts'
import { waitUntil } from '../bench/wait-until.ts'
import { withRelay } from '../load/with-relay.ts'
import type { FaultScenario } from '../scenario.ts'

export const scenario: FaultScenario = {
  description:
    'Every other request gets a bad response: wrong results, pages of proxies, redirects, 101, garbage, half a response.',
  weight: 5,
  run: async (bench, round) => {
    await using bad = await startBadReceiver(bench.receiver.port)
    return await withRelay(bench, round, { loadPauseMs: 250 }, async () => {
      bench.proxy.leadTo(bad.port)
      await waitUntil('every bad response has been given', async () => bad.missing().length === 0).catch(
        (error) => {
          throw new Error(`${error.message} Not given: ${bad.missing().join(', ')}`)
        },
      )
      bench.proxy.leadTo(bench.receiver.port)
      return undefined
    })
  },
}
