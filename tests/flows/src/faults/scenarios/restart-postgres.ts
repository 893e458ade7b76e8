import { setTimeout as delay } from 'node:timers/promises'
import type { FaultBench } from '../bench/fault-bench.ts'
import { waitUntil } from '../bench/wait-until.ts'
import { withPostgresOutbox } from '../load/with-postgres-outbox.ts'
import type { FaultScenario } from '../scenario.ts'

export const scenario: FaultScenario = {
  description: 'The database of outbox and receiver is stopped or killed, and started again.',
  weight: 5,
  run: (bench, round) =>
    withPostgresOutbox(bench, round, { outboxUrl: bench.postgres.url }, async () => {
      await delay(200 + Math.random() * 400)
      if (Math.random() < 0.5) process.kill(bench.postgres.pid, 'SIGKILL')
      else await bench.postgres.stop()
      await waitUntil('the server is down', async () => !(await canConnect(bench)))
      await bench.postgres.start()
      await bench.pool.query(
        `UPDATE ${round}.webhook_outbox SET due_at = least(due_at, now()) WHERE id IN (
           SELECT id FROM ${round}.webhook_outbox WHERE state = 'pending' FOR UPDATE SKIP LOCKED)`,
      )
    }),
}

const canConnect = async (bench: FaultBench): Promise<boolean> => {
  try {
    await bench.pool.query('SELECT 1')
    return true
  } catch {
    return false
  }
}
