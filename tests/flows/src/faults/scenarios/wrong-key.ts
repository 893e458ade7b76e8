import { waitForHealth } from '../bench/wait-for-health.ts'
import { waitUntil } from '../bench/wait-until.ts'
import { withRelay } from '../load/with-relay.ts'
import type { FaultScenario } from '../scenario.ts'

export const scenario: FaultScenario = {
  description:
    'The receiver has a different key for a while: events are taken and wait, and healthz reports that.',
  weight: 5,
  run: async (bench, round) => {
    await using other = await bench.startOtherReceiver({
      ADMIN_API_KEY: 'another-key-of-the-fault-suite-0123',
    })
    return await withRelay(bench, round, { loadPauseMs: 250 }, async ({ relay, told }) => {
      bench.proxy.leadTo(other.port)
      await waitForHealth(relay, 'unauthorized')
      const before = told.length
      await waitUntil('events are taken although none can be sent', async () => told.length > before + 100)
      await waitForHealth(relay, 'unauthorized')
      bench.proxy.leadTo(bench.receiver.port)
      await waitForHealth(relay, 'ok')
      return undefined
    })
  },
}
