import { randomUUID } from 'node:crypto'
import { dedupeId } from '@altcontext/webhook-contract'
import { describe, expect, test } from 'vitest'
import { path, scanCompleted, useReceiver } from './receiver-app.ts'
import { startReceiverProcess } from './receiver-process.ts'

const receiver = useReceiver()
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

describe('identity', () => {
  test("responds to the roadmap's request with { ok, eventId } and stores one row", async () => {
    const { post } = await receiver.start()
    const event = scanCompleted()
    const response = await post(event)
    expect([response.statusCode, response.json()]).toEqual([
      200,
      { ok: true, eventId: expect.stringMatching(uuid) },
    ])
    expect(
      await receiver.rows('SELECT id, event_type, payload FROM tenant_events WHERE tenant_id = $1', [
        event.tenantId,
      ]),
    ).toEqual([{ id: response.json().eventId, event_type: 'scan.completed', payload: event.payload }])
  })

  test('responds to the same request with the same id and duplicate: true, and there is still one row', async () => {
    const { post } = await receiver.start()
    const event = scanCompleted()
    const { eventId } = (await post(event)).json()
    expect((await post(event)).json()).toEqual({ ok: true, eventId, duplicate: true })
    expect(await receiver.countOf(event.tenantId)).toBe(1)
  })

  test('recognises the same instant in another notation as the same event', async () => {
    const { post } = await receiver.start()
    const event = scanCompleted()
    const { eventId } = (await post(event)).json()
    const again = await post({ ...event, occurredAt: '2026-02-13T17:45:00.000123+05:45' })
    expect(again.json()).toEqual({ ok: true, eventId, duplicate: true })
  })

  test("gives an event without webhook-id the contract's dedupe id", async () => {
    const { post } = await receiver.start()
    const event = scanCompleted()
    const expected = dedupeId({ ...event, occurredAt: '2026-02-13T12:00:00.000Z' })
    expect((await post(event)).json().eventId).toBe(expected)
    expect((await post(event, { headers: { 'webhook-id': '' } })).json().eventId).toBe(expected)
  })

  test('stores an event under its webhook-id when that is a UUID, in lower case', async () => {
    const { post } = await receiver.start()
    const event = scanCompleted()
    const id = randomUUID()
    const response = await post(event, { headers: { 'webhook-id': id.toUpperCase() } })
    expect(response.json()).toEqual({ ok: true, eventId: id })
    expect((await post(event, { headers: { 'webhook-id': id } })).json().duplicate).toBe(true)
  })

  test('stores three events of one instant with three webhook-ids as three rows', async () => {
    const { post } = await receiver.start()
    const event = scanCompleted()
    for (let n = 0; n < 3; n += 1) await post(event, { headers: { 'webhook-id': randomUUID() } })
    expect(await receiver.countOf(event.tenantId)).toBe(3)
  })

  test('makes a UUID from a webhook-id that is not one: the same text is the same event, on both routes', async () => {
    const { post } = await receiver.start()
    const event = scanCompleted()
    const first = (await post(event, { headers: { 'webhook-id': 'msg_2b4' } })).json()
    expect(first).toEqual({ ok: true, eventId: expect.stringMatching(uuid) })
    const again = await post(event, { headers: { 'webhook-id': 'msg_2b4' } })
    expect(again.json()).toEqual({ ok: true, eventId: first.eventId, duplicate: true })
    const inBatch = await post({ events: [{ id: 'msg_2b4', ...event }] }, { url: `${path}/batch` })
    expect(inBatch.json().results).toEqual([{ status: 'duplicate', eventId: first.eventId }])
    const another = await post(event, { headers: { 'webhook-id': 'msg_2b5' } })
    expect(another.json()).toEqual({ ok: true, eventId: expect.not.stringMatching(first.eventId) })
  })

  test('stores one row of an event posted 200 times at once to two server processes', async () => {
    const servers = await Promise.all([
      startReceiverProcess(receiver.url),
      startReceiverProcess(receiver.url),
    ])
    try {
      const event = scanCompleted()
      const responses = await Promise.all(Array.from({ length: 200 }, (_, n) => servers[n % 2]?.post(event)))
      const stored = responses.filter((response) => response?.body.duplicate === undefined)
      expect(responses.map((response) => response?.statusCode)).toEqual(Array(200).fill(200))
      expect(new Set(responses.map((response) => response?.body.eventId)).size).toBe(1)
      expect(stored).toHaveLength(1)
      expect(await receiver.countOf(event.tenantId)).toBe(1)
    } finally {
      await Promise.all(servers.map((server) => server.stop()))
    }
  })
})
