import { randomUUID } from 'node:crypto'
import { batchResponseSchema } from '@altcontext/webhook-contract'
import { createEventWriter, fromPg, StoreError } from '@altcontext/webhook-store'
import { describe, expect, test } from 'vitest'
import { path, scanCompleted, useReceiver } from './receiver-app.ts'

const receiver = useReceiver()
const url = `${path}/batch`

describe('the batch route', () => {
  test('returns one result per event, in order, and an invalid event does not affect the others', async () => {
    const { post, refused } = await receiver.start()
    const [first, second] = [scanCompleted(), scanCompleted()]
    const [firstId, secondId] = [randomUUID(), randomUUID()]
    const response = await post(
      {
        events: [
          { id: firstId, ...first },
          { id: randomUUID(), ...scanCompleted({}, { mediaCount: -1 }) },
          'no event',
          null,
          { id: 7, ...scanCompleted() },
          { id: secondId, ...second },
        ],
      },
      { url },
    )
    expect(response.statusCode).toBe(200)
    const { results } = batchResponseSchema.parse(response.json())
    const invalid = (issuePath: string) => ({
      status: 'invalid',
      error: 'invalid_request',
      issues: [{ path: issuePath, message: expect.any(String) }],
    })
    expect(results).toEqual([
      { status: 'stored', eventId: firstId },
      invalid('payload.mediaCount'),
      invalid(''),
      invalid(''),
      invalid('id'),
      { status: 'stored', eventId: secondId },
    ])
    expect(await receiver.countOf(first.tenantId)).toBe(1)
    expect(await receiver.countOf(second.tenantId)).toBe(1)
    expect(refused).toHaveLength(4)
    expect(refused[0]).toMatchObject({ reason: 'invalid_request', statusCode: 400, endpoint: url })
  })

  test('stores an event that is in a batch twice once, and calls the second a duplicate', async () => {
    const { post } = await receiver.start()
    const event = { id: randomUUID(), ...scanCompleted() }
    const response = await post({ events: [event, event] }, { url })
    expect(response.json().results).toEqual([
      { status: 'stored', eventId: event.id },
      { status: 'duplicate', eventId: event.id },
    ])
    expect(await receiver.countOf(event.tenantId)).toBe(1)
  })

  test('gives an event without an id its dedupe id, as the plain route does', async () => {
    const { post } = await receiver.start()
    const event = scanCompleted()
    const { eventId } = (await post(event)).json()
    const response = await post({ events: [event, { id: null, ...event }] }, { url })
    expect(response.json().results).toEqual([
      { status: 'duplicate', eventId },
      { status: 'duplicate', eventId },
    ])
  })

  test('does not take the webhook-id of the batch for the id of an event', async () => {
    const { post } = await receiver.start()
    const batchId = randomUUID()
    const response = await post({ events: [scanCompleted()] }, { url, headers: { 'webhook-id': batchId } })
    expect(response.json().results[0].eventId).not.toBe(batchId)
  })

  test('refuses an event of more than 64 KiB, one nested too deep and one with too many keys, and stores their neighbours', async () => {
    const { post, refused } = await receiver.start()
    const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)])
    const keys = Object.fromEntries(Array.from({ length: 257 }, (_, key) => [`key-${key}`, 1]))
    const events = [
      scanCompleted(),
      scanCompleted({}, { more: 'x'.repeat(65_536) }),
      scanCompleted({}, { more: nested(31) }),
      scanCompleted({}, { more: nested(30) }),
      scanCompleted({}, keys),
    ]
    const response = await post({ events }, { url })
    const { results } = batchResponseSchema.parse(response.json())
    const invalid = (error: string, message: string) => ({
      status: 'invalid',
      error,
      issues: [{ path: '', message }],
    })
    expect(results).toEqual([
      { status: 'stored', eventId: expect.any(String) },
      invalid('payload_too_large', 'Expected at most 65536 bytes as JSON'),
      invalid('invalid_request', 'Expected at most 32 levels'),
      { status: 'stored', eventId: expect.any(String) },
      invalid('invalid_request', 'Expected at most 256 keys in an object'),
    ])
    expect(refused.map(({ reason }) => reason)).toContain('payload_too_large')
    expect((await post(scanCompleted({}, keys))).statusCode).toBe(400)
  })

  test('reports an event that the database refuses as invalid', async () => {
    const writer = createEventWriter({ database: fromPg(receiver.pool) })
    const { post, refused } = await receiver.start({
      writer: {
        ...writer,
        writeAll: async (events) =>
          events.map(({ id }, n) =>
            n === 0 ? { status: 'refused', eventId: id, reason: '22P05' } : { status: 'stored', eventId: id },
          ),
      },
    })
    const response = await post({ events: [scanCompleted(), scanCompleted()] }, { url })
    expect(response.json().results).toEqual([
      {
        status: 'invalid',
        error: 'refused',
        issues: [{ path: '', message: 'The database cannot store this event' }],
      },
      { status: 'stored', eventId: expect.any(String) },
    ])
    expect(refused).toMatchObject([{ reason: 'refused_by_database', statusCode: 400 }])
  })

  test('responds to the whole batch with 503 when the database cannot be reached', async () => {
    const { post } = await receiver.start({
      writer: {
        write: () => Promise.reject(new Error('unused')),
        writeAll: () => Promise.reject(new StoreError('database_unavailable', 'away')),
        close: async () => {},
      },
    })
    const response = await post({ events: [scanCompleted()] }, { url })
    expect([response.statusCode, response.json()]).toEqual([
      503,
      { ok: false, error: 'database_unavailable' },
    ])
    expect(response.headers['retry-after']).toBe('5')
  })

  test('takes 500 events', async () => {
    const { post } = await receiver.start()
    const tenantId = randomUUID()
    const events = Array.from({ length: 500 }, () => ({ id: randomUUID(), ...scanCompleted({ tenantId }) }))
    const response = await post({ events }, { url })
    expect(response.json().results).toEqual(events.map(({ id }) => ({ status: 'stored', eventId: id })))
    expect(await receiver.countOf(tenantId)).toBe(500)
  })

  test.each([
    ['501 events', { events: Array(501).fill({}) }],
    ['no events', { events: [] }],
    ['a list', []],
    ['one plain event', scanCompleted()],
  ])('responds to %s with 400 invalid_request', async (_what, body) => {
    const { post } = await receiver.start()
    const response = await post(body, { url })
    expect(response.statusCode).toBe(400)
    expect(response.json()).toMatchObject({ ok: false, error: 'invalid_request', issues: [{}] })
  })

  test('counts as one request for the rate limit', async () => {
    const { post } = await receiver.start({ rateLimit: { max: 2 } })
    const events = Array.from({ length: 50 }, () => scanCompleted())
    expect((await post({ events }, { url })).statusCode).toBe(200)
    expect((await post(scanCompleted())).statusCode).toBe(200)
    expect((await post({ events }, { url })).statusCode).toBe(429)
  })
})
