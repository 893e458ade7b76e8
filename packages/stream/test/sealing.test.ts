import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createOpenFields, createSealingKeys } from '@altcontext/webhook-stream'
import { jetstreamManager } from '@nats-io/jetstream'
import { describe, expect, test } from 'vitest'
import { eventually, hasNatsServer, useStream } from './stream-bench.ts'

const address = 'margaret.hamilton@apollo.example'
const tenant = (tenantId: string) => ({ tenantId, email: address })

describe.skipIf(!hasNatsServer())('private fields', () => {
  const stream = useStream()

  test('reach the consumer that has the key, which links the event, and nothing on the broker holds them', async () => {
    const leadId = randomUUID()
    await stream.pool.query(
      `INSERT INTO leads (id, email_normalized, source_channel, consent_status, first_captured_at, last_captured_at)
       VALUES ($1, $2, 'newsletter', 'express', $3::timestamp, $3::timestamp)`,
      [leadId, address, '2026-02-01T00:00:00Z'],
    )
    stream.startConsumer()
    const { emitter } = stream.startEmitter()
    const { eventId, status } = await emitter.deliver('tenant.created', tenant('sealed-1'))
    expect(status).toBe('stored')
    const [row] = await stream.rows([eventId])
    expect(row).toMatchObject({ lead_id: leadId })
    expect(JSON.stringify(row)).not.toContain(address)

    const manager = await jetstreamManager(await stream.connect())
    const message = await manager.streams.getMessage(stream.shared().stream, { seq: 1 })
    expect(message?.header.get('webhook-sealed')).toMatch(/^ey/)
    const files = readdirSync(stream.server.store, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name)))
    // The subject is there, so this is where messages are.
    expect(files.some((bytes) => bytes.includes('tenant.created.sealed-1'))).toBe(true)
    expect(files.some((bytes) => bytes.includes(address) || bytes.includes('margaret'))).toBe(false)
  })

  test('are left to the outbox by a consumer with another key, until one with the right key comes', async () => {
    const other = await createSealingKeys()
    const { consumer, logs } = stream.startConsumer({ openingKeys: [other.privateKey] })
    const { emitter, attempts } = stream.startEmitter()
    const outcome = emitter.deliver('tenant.created', tenant('sealed-2'))
    await eventually(() => expect(attempts.at(-1)).toMatchObject({ error: 'sealed_for_another_key' }))
    expect(JSON.stringify(logs)).toContain('sealed for a key that this consumer does not have')
    await consumer.close()
    stream.startConsumer({ openingKeys: [other.privateKey, stream.keys.privateKey] })
    expect(await outcome).toMatchObject({ status: 'stored' })
  })

  test('are left out where there is no key, and the event is stored without a lead', async () => {
    stream.startConsumer({ openingKeys: [] })
    const { emitter } = stream.startEmitter({}, { sealingKey: false })
    const { eventId, status } = await emitter.deliver('tenant.created', tenant('unsealed'))
    expect(status).toBe('stored')
    expect(await stream.rows([eventId])).toMatchObject([{ lead_id: null }])
  })
})

test('what was sealed for one event does not open for another', async () => {
  const { publicKey, privateKey } = await createSealingKeys()
  const { createSealFields } = await import('../src/messages/sealing.ts')
  const sealed = await createSealFields(publicKey)('event-1', { email: address })
  const open = createOpenFields([privateKey])
  expect(await open('event-1', sealed)).toEqual({ email: address })
  expect(await open('event-2', sealed)).toBeUndefined()
  expect(await open('event-1', `${sealed}x`)).toBeUndefined()
})
