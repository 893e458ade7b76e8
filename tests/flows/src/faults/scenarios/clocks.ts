import { join } from 'node:path'
import { createFakeClock, whyNoFakeClock } from '../bench/fake-clock.ts'
import { signingSecret } from '../bench/fault-bench.ts'
import { waitForHealth } from '../bench/wait-for-health.ts'
import { waitUntil } from '../bench/wait-until.ts'
import { waitForRecovery } from '../load/wait-for-recovery.ts'
import { withRelay } from '../load/with-relay.ts'
import type { FaultScenario } from '../scenario.ts'

export const scenario: FaultScenario = {
  description:
    'The clocks of a relay and of a product are minutes and months wrong, ahead and behind, at their start and while they run.',
  weight: 5,
  whyUnavailable: whyNoFakeClock,
  run: (bench, round) => {
    const clock = createFakeClock(join(bench.folder, `${round}.clock`))
    const env = { ...clock.env, WEBHOOK_URL: bench.signedUrl, WEBHOOK_SIGNING_SECRET: signingSecret }
    return withRelay(bench, round, { env, loadPauseMs: 250 }, async (context) => {
      for (const offset of ['+6m', '-6m', '+70d', '-70d']) {
        clock.set(offset)
        await waitForHealth(context.relay, 'wrong_clock')
        clock.set('+0')
        await waitForRecovery(bench, context.told)
      }

      // A start at which every waiting event looks older than it may be.
      await bench.receiver.process.kill()
      const waiting = context.told.length
      await waitUntil('events wait', async () => context.told.length > waiting + 100)
      await context.relay.kill()
      clock.set('+70d')
      const product = await bench.startSender({
        ...env,
        OUTBOX: context.path,
        ROUND: round,
        JOBS: `${round}-product`,
        MODE: 'emit',
      })
      await waitUntil('the product was told that an event is accepted', async () => product.lines.length > 0)
      await product.kill()
      await context.restart()
      await bench.receiver.restart()
      await waitForHealth(context.relay, 'wrong_clock')
      clock.set('+0')
      return product.lines
    })
  },
}
