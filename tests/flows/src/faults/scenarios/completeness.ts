import { join } from 'node:path'
import { waitUntil } from '../bench/wait-until.ts'
import { compareOutbox, expectIds } from '../completeness/compare-outbox.ts'
import { sabotage } from '../completeness/sabotage.ts'
import { startProducer } from '../load/start-producer.ts'
import { withRelay } from '../load/with-relay.ts'
import type { FaultScenario } from '../scenario.ts'

/** Comparisons in one round: each beside the load, each after other rows were deleted. */
const comparisons = 5

export const scenario: FaultScenario = {
  description:
    'Rows are deleted at the receiver and in an outbox, and events marked as delivered that never were, beside two producers.',
  weight: 5,
  run: (bench, round) =>
    withRelay(bench, round, {}, async ({ path, told, restart, relay }) => {
      const otherRelay = await bench.startRelay({
        env: { RELAY_OUTBOX: join(bench.folder, `${round}_other.db`) },
      })
      const other = startProducer(`${round}_other`, () => otherRelay.url)
      try {
        for (let step = 0; step < comparisons; step += 1) {
          const before = told.length
          await waitUntil('more is accepted', async () => told.length > before + 100)
          if (step === 2) {
            await relay.kill()
            await restart()
          }
          const quiet = await compareOutbox(path, bench.url)
          expectIds(
            'a false alarm',
            [...quiet.lost, ...quiet.unrepaired].map(({ eventId }) => eventId),
            [],
          )
          expectIds('unexplained before anything was done', quiet.unexplained, [])

          const done = await sabotage(bench, { path, round, step })
          const { lost, unrepaired, unexplained } = await compareOutbox(path, bench.url)
          done.undo()
          expectIds(
            'lost',
            lost.map(({ eventId }) => eventId),
            done.lost,
          )
          expectIds(
            'not repaired',
            unrepaired.map(({ eventId }) => eventId),
            [],
          )
          expectIds('unexplained', unexplained, done.unexplained)
        }
      } finally {
        await other.stop()
      }
      return undefined
    }),
}
