import { type Swallowed, startSilentProxy } from '@altcontext/test-database'
import { waitUntil } from '../bench/wait-until.ts'
import { waitForEachRelay } from '../load/wait-for-each-relay.ts'
import { waitForRecovery } from '../load/wait-for-recovery.ts'
import { withPostgresOutbox } from '../load/with-postgres-outbox.ts'
import type { FaultScenario } from '../scenario.ts'

const directions: readonly Swallowed[] = ['requests', 'responses', 'both']

export const scenario: FaultScenario = {
  description:
    'Connections go silent without a reset: relays to receiver, receiver to database, relays to database.',
  weight: 5,
  run: async (bench, round) => {
    await using ofReceiver = await startSilentProxy(bench.postgres.url)
    await using ofRelays = await startSilentProxy(bench.postgres.url)
    await using receiver = await bench.startOtherReceiver({ DATABASE_URL: ofReceiver.url })
    bench.proxy.leadTo(receiver.port)
    return await withPostgresOutbox(
      bench,
      round,
      { outboxUrl: ofRelays.url, loadPauseMs: 250 },
      async ({ relays, told }) => {
        const lines = [
          { what: 'from relays to receiver', proxy: bench.network },
          { what: 'from receiver to database', proxy: ofReceiver },
          { what: 'from relays to database', proxy: ofRelays },
        ]
        const others: string[] = []
        for (const [index, { what, proxy }] of lines.entries()) {
          const swallowed = directions[Math.floor(Math.random() * directions.length)] ?? 'both'
          await waitUntil(`there is a connection ${what}`, async () => proxy.silence(swallowed) > 0)
          try {
            await waitForRecovery(bench, told)
            others.push(...(await waitForEachRelay(relays, round, 10_000_000 + 10 * index)))
          } catch (cause) {
            throw new Error(`The connections ${what} went silent (${swallowed}).`, { cause })
          }
        }
        // Events that could not be settled are sent again when their leases have ended, within the time in which the outbox must become empty.
        return others
      },
    )
  },
}
