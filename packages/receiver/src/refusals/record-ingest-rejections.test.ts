import type { Database } from '@altcontext/webhook-store'
import { expect, test, vi } from 'vitest'
import { recordIngestRejections } from './record-ingest-rejections.ts'
import type { RefusedRequest } from './refusal-reporter.ts'

const refusedAt = (minute: number, changes: Partial<RefusedRequest> = {}): RefusedRequest => ({
  reason: 'unauthorized',
  statusCode: 401,
  endpoint: '/hooks',
  occurredAt: new Date(minute * 60_000),
  propertyId: 'property',
  ...changes,
})

const start = () => {
  const query = vi.fn(async () => [])
  const database = {
    query,
    transaction: (run: (tx: Database) => unknown) => run(database),
  } as unknown as Database
  return { query, record: recordIngestRejections(database) }
}

test('a flood writes 60 rows a minute for a reason and a route, and the next minute is counted anew', async () => {
  const { query, record } = start()
  for (let refused = 0; refused < 500; refused += 1) await record(refusedAt(1))
  expect(query).toHaveBeenCalledTimes(60)
  await record(refusedAt(1, { reason: 'invalid_json', statusCode: 400 }))
  await record(refusedAt(2))
  expect(query).toHaveBeenCalledTimes(62)
})

test('what a limit refuses writes nothing', async () => {
  const { query, record } = start()
  await record(refusedAt(1, { reason: 'rate_limited', statusCode: 429 }))
  await record(refusedAt(1, { reason: 'wrong_key_rate_limited', statusCode: 429 }))
  expect(query).not.toHaveBeenCalled()
})
