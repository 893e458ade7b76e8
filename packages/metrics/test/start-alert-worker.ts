import { createRollupWorker, type RollupWorkerOptions } from '../src/index.ts'
import { marketingPropertyId, type TestBridge } from './test-bridge.ts'

export const hourMs = 3_600_000
export const startMs = Date.parse('2026-02-10T00:00:00Z')
export const address = 'ada@example.com'

/** A server's worker, with a clock that the test moves. */
export const startWorker = (bridge: TestBridge, options: Partial<RollupWorkerOptions>) => {
  const clock = { ms: startMs }
  const errors: unknown[] = []
  const worker = createRollupWorker({
    database: bridge.database,
    intervalMs: 5,
    marketingPropertyId,
    now: () => clock.ms,
    onError: (error) => errors.push(error),
    ...options,
  })
  worker.start()
  return { clock, errors, [Symbol.asyncDispose]: () => worker.close() }
}

export const scanAt = (id: number, at: string) => ({ id, type: 'scan.completed', at })

export const refuse = (bridge: TestBridge, at: string) =>
  bridge.sql(
    `INSERT INTO ingest_rejections (id, property_id, endpoint, reason, status_code, occurred_at)
     VALUES ('r', 'description-service', '/v1/webhooks', 'invalid_signature', 401, $1::timestamp)`,
    [at],
  )

export const kindsOf = (events: { eventType: string; payload: { kind: string } }[]) =>
  events.map(({ eventType, payload }) => `${eventType} ${payload.kind}`)
