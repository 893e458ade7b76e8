import { setTimeout as delay } from 'node:timers/promises'
import { withPostgresOutbox } from '../load/with-postgres-outbox.ts'
import type { FaultScenario } from '../scenario.ts'

export const scenario: FaultScenario = {
  description: 'One of two relays on a PostgreSQL outbox is killed while it holds events.',
  weight: 25,
  run: (bench, round) =>
    withPostgresOutbox(bench, round, { outboxUrl: bench.postgres.url }, async ({ relays: [first] }) => {
      await delay(100 + Math.random() * 400)
      await first.kill()
      // Its leases end in 45 seconds. Most rounds change the times of the rows instead of waiting; then events that the living
      // relay holds are given to two relays, which must do no harm either.
      if (Math.random() < 0.05) return
      await delay(100)
      await bench.pool.query(
        `UPDATE ${round}.webhook_outbox SET due_at = due_at - interval '45 seconds' WHERE id IN (
           SELECT id FROM ${round}.webhook_outbox WHERE holder IS NOT NULL AND state = 'pending' FOR UPDATE SKIP LOCKED)`,
      )
    }),
}
