import { descriptionServiceContract, safeParseEvent } from '@altcontext/webhook-contract'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anyCharacter } from '../../contract/test/any-character.ts'
import { path, scanCompleted, useReceiver } from './receiver-app.ts'

const receiver = useReceiver()
/** `npm run fuzz` sends ten times as many; `FUZZ_FACTOR=100 npm test -- packages/receiver/test/fuzz.test.ts` a million. */
const bodies = 10_000 * Number(process.env.FUZZ_FACTOR ?? 1)
const perRequest = 400
const plainRequests = bodies / 50
const seed = 20261122

/** Valid samples of every event with up to three fields replaced, removed or added. */
const mutatedEvent = (): fc.Arbitrary<unknown> => {
  const samples = Object.entries(descriptionServiceContract.events).map(([eventType, { sample }]) => ({
    ...scanCompleted({ eventType, tenantId: 'tenant-1' }),
    payload: sample,
  }))
  const field = fc.constantFrom(
    ...['id', 'eventType', 'tenantId', 'occurredAt', 'payload', '__proto__', 'constructor'],
    ...samples.flatMap(({ payload }) => Object.keys(payload)),
  )
  const nasty = fc.constantFrom<unknown>(
    ...['', '\u0000', 'a\u0000b', '\ud800', '\udfff\ud800', '\u202e', 'x'.repeat(129), 'x'.repeat(70_000)],
    ...[
      '9999-12-31T23:59:59Z',
      '0000-01-01T00:00:00Z',
      '2026-02-30T00:00:00Z',
      '2026-02-13T12:00:00.999999999+14:00',
    ],
    ...['a\ud83d@b.example', ' A@B.example ', "'; DROP TABLE tenant_events; --", '{"a":1}', '\\u0000'],
    ...[-1, -0, 1e21, 1.5, 2 ** 31, 2 ** 53, 5e-324, null, true, [], {}, [[[[]]]], { toString: 1 }],
  )
  const value = fc.oneof(
    { weight: 3, arbitrary: nasty },
    { weight: 1, arbitrary: fc.string({ unit: anyCharacter }) },
    { weight: 1, arbitrary: fc.integer() },
    { weight: 1, arbitrary: fc.date({ noInvalidDate: true }).map((date) => date.toISOString()) },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
  )
  const change = fc.record({ in: fc.constantFrom('envelope', 'payload'), field, value, remove: fc.boolean() })
  return fc
    .tuple(fc.constantFrom(...samples), fc.uuid(), fc.array(change, { maxLength: 3 }))
    .map(([sample, id, changes]) => {
      const envelope: Record<string, unknown> = { id, ...sample, payload: { ...sample.payload } }
      for (const { in: where, field: name, value: replacement, remove } of changes) {
        const target = where === 'payload' && isObject(envelope.payload) ? envelope.payload : envelope
        if (remove) delete target[name]
        else
          Object.defineProperty(target, name, {
            value: replacement,
            enumerable: true,
            configurable: true,
            writable: true,
          })
      }
      return envelope
    })
}
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

test(`responds to ${bodies} fuzzed bodies without a 5xx, and stores no row that the contract would refuse`, {
  tags: ['fuzz'],
  timeout: 180_000 + 5 * bodies,
}, async () => {
  const { post } = await receiver.start({ rateLimit: false, maxBatchBodyBytes: 67_108_864 })

  // A pool of distinct events, each of which is used several times under new ids and neighbours.
  const pool = fc.sample(mutatedEvent(), { numRuns: Math.min(bodies / 5, 20_000), seed })
  let position = 0
  const take = (): unknown => {
    const event = pool[position % pool.length]
    const round = Math.floor(position / pool.length)
    position += 1
    return round === 0 || !isObject(event)
      ? event
      : {
          ...event,
          id: crypto.randomUUID(),
          tenantId: event.tenantId === 'tenant-1' ? `tenant-${round}` : event.tenantId,
        }
  }
  const statuses = new Map<string, number>()
  const count = (status: string): void => void statuses.set(status, (statuses.get(status) ?? 0) + 1)

  while (position < bodies - plainRequests) {
    const events = Array.from({ length: Math.min(perRequest, bodies - plainRequests - position) }, take)
    const response = await post({ events }, { url: `${path}/batch` })
    expect(response.statusCode).toBe(200)
    for (const { status } of response.json().results) count(status)
  }
  // The plain route also gets what is not an event at all, and broken bytes.
  const texts = fc.sample(
    fc.oneof(
      fc.json(),
      fc.string({ unit: anyCharacter }),
      mutatedEvent().map((event) => JSON.stringify(event)),
      fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
    ),
    { numRuns: plainRequests, seed },
  )
  for (let start = 0; start < texts.length; start += 50) {
    const responses = await Promise.all(texts.slice(start, start + 50).map((body) => post(body)))
    for (const { statusCode } of responses) {
      count(String(statusCode))
      expect(statusCode).toBeLessThan(500)
    }
  }
  expect(statuses.get('stored')).toBeGreaterThan(bodies / 10)
  expect(statuses.get('invalid')).toBeGreaterThan(bodies / 10)

  const rows = await receiver.rows<Record<string, unknown>>(
    `SELECT event_type AS "eventType", tenant_id AS "tenantId", payload,
       to_char(occurred_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "occurredAt" FROM tenant_events`,
  )
  expect(rows.length).toBeGreaterThan(bodies / 10)
  const refused = rows.filter((row) => !safeParseEvent(descriptionServiceContract, row).success)
  expect(refused).toEqual([])
})
