import type { Database } from '@altcontext/webhook-store'
import { expect, test, vi } from 'vitest'
import { type RecordedRequest, recordIngestRejections } from './record-ingest-rejections.ts'

const refusedAt = (minute: number, changes: Partial<RecordedRequest> = {}): RecordedRequest => ({
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

const isCount = ([text]: readonly unknown[]): boolean => String(text).includes('ingest_rejection_counts')

test('in a flood 60 refusals per minute, reason and route have a row, and the others are counted, in one statement a second', async () => {
  const { query, record } = start()
  const flood = [
    ...Array.from({ length: 500 }, () => refusedAt(1)),
    ...Array.from({ length: 90 }, () => refusedAt(1, { reason: 'invalid_json', statusCode: 400 })),
    refusedAt(2),
  ]
  await Promise.all(flood.map(record))
  const calls = query.mock.calls as unknown as [string, unknown[]][]
  expect(calls.filter((call) => !isCount(call))).toHaveLength(60 + 60 + 1)
  const counted = calls.filter(isCount).map(([, [rows]]) => JSON.parse(rows as string))
  expect(counted).toEqual([
    [
      expect.objectContaining({ reason: 'unauthorized', minute: '1970-01-01T00:01:00.000Z', refused: 440 }),
      expect.objectContaining({ reason: 'invalid_json', status_code: 400, refused: 30 }),
    ],
  ])
})

test('a refusal just after a count was written waits for the next second, and is counted for its own customer', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] })
  try {
    const { query, record } = start()
    const leadScope = { tenantId: '018f3c4e-0000-4000-8000-000000000001' }
    const fill = Array.from({ length: 61 }, () => record(refusedAt(1)))
    await vi.advanceTimersByTimeAsync(0)
    await Promise.all(fill)
    expect(query.mock.calls.filter(isCount)).toHaveLength(1)
    const later = [
      record(refusedAt(1)),
      record(refusedAt(1, { leadScope })),
      record(refusedAt(1, { leadScope })),
    ]
    await vi.advanceTimersByTimeAsync(900)
    expect(query.mock.calls.filter(isCount)).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(100)
    await Promise.all(later)
    const counts = (query.mock.calls as unknown as [string, unknown[]][]).filter(isCount).slice(1)
    expect(counts.map(([, [rows, owner]]) => [owner, JSON.parse(rows as string)[0].refused])).toEqual([
      ['', 1],
      [leadScope.tenantId, 2],
    ])
  } finally {
    vi.useRealTimers()
  }
})

test('an unavailable database fails those that wait for it, and the next are counted anew', async () => {
  const { query, record } = start()
  await Promise.all(Array.from({ length: 60 }, () => record(refusedAt(1))))
  query.mockRejectedValueOnce(new Error('away'))
  await expect(record(refusedAt(1))).rejects.toThrow('away')
  await record(refusedAt(1))
  const calls = query.mock.calls as unknown as [string, unknown[]][]
  expect(calls.filter(isCount).map(([, [rows]]) => JSON.parse(rows as string)[0].refused)).toEqual([1, 1])
})

test('a request that a limit refuses writes nothing', async () => {
  const { query, record } = start()
  await record(refusedAt(1, { reason: 'rate_limited', statusCode: 429 }))
  await record(refusedAt(1, { reason: 'wrong_key_rate_limited', statusCode: 429 }))
  expect(query).not.toHaveBeenCalled()
})

test('counts another customer’s refusals, though the database does not write the first one’s', async () => {
  const { query, record } = start()
  const [broken, other] = ['018f3c4e-0000-4000-8000-000000000001', '018f3c4e-0000-4000-8000-000000000002']
  const fill = Array.from({ length: 60 }, () => record(refusedAt(1)))
  await Promise.all(fill)
  query.mockImplementationOnce(async () => {
    throw new Error('row-level security')
  })
  const counted = [broken, other].map((tenantId) => record(refusedAt(1, { leadScope: { tenantId } })))
  const settled = await Promise.allSettled(counted)
  expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  const calls = query.mock.calls as unknown as [string, unknown[]][]
  expect(calls.filter(isCount).map(([, [, owner]]) => owner)).toEqual([broken, other])
})
