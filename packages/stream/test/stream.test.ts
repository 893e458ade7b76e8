import { randomUUID } from 'node:crypto'
import { createTestDatabase } from '@altcontext/test-database'
import { fromPg } from '@altcontext/webhook-store'
import { isStreamError, jetStream } from '@altcontext/webhook-stream'
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import { headers } from '@nats-io/transport-node'
import { describe, expect, test } from 'vitest'
import { eventually, hasNatsServer, scan, useStream } from './stream-bench.ts'

describe.skipIf(!hasNatsServer())('from an emitter through the broker into the database', () => {
  const stream = useStream()

  test('an event is stored once and settled by the receipt', async () => {
    const { consumer } = stream.startConsumer()
    const { emitter } = stream.startEmitter()
    const { eventId, status } = await emitter.deliver('scan.completed', scan())
    expect(status).toBe('stored')
    expect(await stream.rows([eventId])).toMatchObject([
      { tenant_id: 'tenant-1', event_type: 'scan.completed' },
    ])
    expect(emitter.stats()).toMatchObject({ accepted: 1, delivered: 1, pending: 0 })
    await eventually(() => expect(consumer.stats()).toMatchObject({ stored: 1 }))
  })

  test('a thousand events travel in batches through two consumers, each is stored once', async () => {
    stream.startConsumer()
    stream.startConsumer()
    const { emitter } = stream.startEmitter()
    const outcomes = await Promise.all(
      Array.from({ length: 1000 }, (_, number) => emitter.deliver('scan.completed', scan(`job-${number}`))),
    )
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['stored']))
    expect(await stream.rows(outcomes.map(({ eventId }) => eventId))).toHaveLength(1000)
  })

  test('the subject says type and tenant, whatever a tenant is called', async () => {
    stream.startConsumer()
    const { emitter } = stream.startEmitter()
    await emitter.deliver('scan.completed', scan('job', 'a.b > * c'))
    const { prefix, stream: name } = stream.shared()
    const manager = await jetstreamManager(await stream.connect())
    const message = await manager.streams.getMessage(name, { seq: 1 })
    expect(message?.subject).toBe(`${prefix}.scan.completed.a%2Eb%20%3E%20%2A%20c`)
  })

  test('an event that breaks the receiver’s contract gets a receipt with its issues and becomes a dead letter', async () => {
    stream.startConsumer({ now: () => Date.now() - 3 * 86_400_000 })
    const { emitter } = stream.startEmitter()
    expect(await emitter.deliver('scan.completed', scan())).toMatchObject({
      status: 'dead',
      reason: 'refused',
      detail: 'invalid_request (occurredAt)',
    })
    await eventually(async () => {
      const { rows } = await stream.pool.query(
        'SELECT property_id, reason, status_code, refused FROM ingest_rejection_counts WHERE endpoint = $1',
        [`nats:${stream.shared().stream}`],
      )
      expect(rows).toMatchObject([
        { property_id: 'description-service', reason: 'invalid_request', status_code: 400 },
      ])
      expect(Number(rows[0].refused)).toBe(1)
    })
  })

  test('the logs of producers and consumers say when there are fewer servers than replicas', async () => {
    const { logs } = stream.startConsumer({ replicas: 3 })
    const { emitter, attempts } = stream.startEmitter({}, { replicas: 3 })
    void emitter.deliver('scan.completed', scan())
    await eventually(() => expect(attempts[0]).toMatchObject({ outcome: 'retry', error: 'streams_refused' }))
    await eventually(() =>
      expect(JSON.stringify(logs)).toContain(
        'the broker responded with \\"replicas > 1 not supported in non-clustered mode\\". Correct its settings or the options; with a single server, replicas is 1.',
      ),
    )
  })

  test('two databases that divide the events by filters each have their share, and all events are settled', async () => {
    await using other = await createTestDatabase()
    const { prefix } = stream.shared()
    stream.startConsumer({ durable: 'scans', filter: `${prefix}.scan.>` })
    const tenants = { durable: 'tenants', filter: `${prefix}.tenant.>` }
    stream.startConsumer({ ...tenants, database: fromPg(other.pool) })
    const { emitter } = stream.startEmitter()
    const [ofScan, ofTenant] = await Promise.all([
      emitter.deliver('scan.completed', scan()),
      emitter.deliver('tenant.created', { tenantId: 'in-the-other', email: 'ada@private.example' }),
    ])
    for (const { status } of [ofScan, ofTenant]) expect(['stored', 'duplicate']).toContain(status)
    const ids = [ofScan.eventId, ofTenant.eventId]
    expect((await stream.rows(ids)).map(({ id }) => id)).toEqual([ofScan.eventId])
    const { rows } = await other.pool.query('SELECT id FROM tenant_events')
    expect(rows).toEqual([{ id: ofTenant.eventId }])
  })

  test('a filter that is not that of the durable consumer is refused by name, and none takes it as it is', async () => {
    const { prefix } = stream.shared()
    const { consumer } = stream.startConsumer({ filter: `${prefix}.scan.>` })
    const { emitter } = stream.startEmitter()
    await emitter.deliver('scan.completed', scan('by-the-first'))
    const refused = stream.startConsumer({ filter: `${prefix}.tenant.>` })
    await eventually(() =>
      expect(refused.logs).toContainEqual({
        error: 'StreamError another_filter',
        operation: 'fetch',
        detail: `Failed to take events: the durable consumer "receiver" reads ${prefix}.scan.>, and filter is ${prefix}.tenant.>. Use another durable name, or delete that consumer at the broker.`,
        message: 'Failed to read the stream; it will be tried again',
      }),
    )
    const last = stream.startConsumer()
    await consumer.close()
    const { status } = await emitter.deliver('scan.completed', scan('by-the-last'))
    expect(['stored', 'duplicate']).toContain(status)
    await eventually(() => {
      const { stored, duplicate } = last.consumer.stats()
      expect(stored + duplicate).toBeGreaterThan(0)
    })
  })

  test('consumers of a copy settle nothing, and the copy has everything in the end', async () => {
    await using other = await createTestDatabase()
    stream.startConsumer({ durable: 'copy', receipts: false, database: fromPg(other.pool) })
    const { emitter } = stream.startEmitter({ timeoutMs: 1000 })
    const outcome = emitter.deliver('scan.completed', scan())
    const copied = async (): Promise<unknown[]> =>
      (await other.pool.query('SELECT id FROM tenant_events')).rows
    await eventually(async () => expect(await copied()).toHaveLength(1))
    expect(emitter.stats()).toMatchObject({ pending: 1, delivered: 0 })
    stream.startConsumer()
    const { eventId } = await outcome
    expect(await stream.rows([eventId])).toHaveLength(1)
    expect(await copied()).toEqual([{ id: eventId }])
  })

  test('tls:// is never spoken to without TLS', async () => {
    const servers = stream.server.url.replace('nats://', 'tls://')
    const { emitter, attempts } = stream.startEmitter({}, { servers })
    void emitter.deliver('scan.completed', scan())
    await eventually(() =>
      expect(attempts[0]).toMatchObject({ outcome: 'retry', error: 'broker_unavailable' }),
    )
  })

  test('nothing is settled without a consumer; when one comes, the waiting events are', async () => {
    const { emitter, attempts } = stream.startEmitter({ timeoutMs: 300 })
    const outcome = emitter.deliver('scan.completed', scan())
    await eventually(() => expect(attempts.length).toBeGreaterThan(2))
    // On a slow machine the first attempt's time is over before there is a connection.
    const unsettled = { outcome: 'retry', error: 'no_receipt' }
    await eventually(() => expect(attempts).toContainEqual(expect.objectContaining(unsettled)))
    expect(emitter.stats()).toMatchObject({ pending: 1, delivered: 0 })
    stream.startConsumer()
    const { eventId, status } = await outcome
    expect(['stored', 'duplicate']).toContain(status)
    expect(await stream.rows([eventId])).toHaveLength(1)
  })

  test('an event that the stream has lost is published again and stored, also within the duplicate window', async () => {
    const { emitter, attempts } = stream.startEmitter({ timeoutMs: 1000 })
    const outcome = emitter.deliver('scan.completed', scan())
    const manager = await jetstreamManager(await stream.connect())
    const { stream: name } = stream.shared()
    await eventually(async () => expect((await manager.streams.info(name)).state.messages).toBe(1))
    await manager.streams.purge(name)
    await eventually(() => expect(attempts.length).toBeGreaterThan(0))
    stream.startConsumer()
    const { eventId, status } = await outcome
    // On a slow machine it was published more than once before the consumer came.
    expect(['stored', 'duplicate']).toContain(status)
    expect(await stream.rows([eventId])).toHaveLength(1)
  })

  test('a restarted process is not caught by the duplicate window of the one before', async () => {
    const { consumer } = stream.startConsumer()
    const first = stream.startEmitter()
    const { eventId } = await first.emitter.deliver('scan.completed', scan())
    const second = stream.startEmitter()
    expect(await second.emitter.deliver('scan.completed', scan(), { eventId })).toMatchObject({
      status: 'duplicate',
    })
    expect(second.attempts).toHaveLength(1)
    await eventually(() => expect(consumer.stats()).toMatchObject({ stored: 1, duplicate: 1 }))
  })

  test('an event whose receipt is lost is sent again and is a duplicate', async () => {
    const { emitter, attempts } = stream.startEmitter({ timeoutMs: 1500 })
    const { consumer } = stream.startConsumer()
    await emitter.deliver('scan.completed', scan('warm'))
    const manager = await jetstreamManager(await stream.connect())
    const receipts = `${stream.shared().stream}_RECEIPTS`
    // Every receipt is lost: the subject of this stream leads nowhere for a while.
    const { config } = await manager.streams.info(receipts)
    await manager.streams.delete(receipts)
    await manager.streams.add({ ...config, subjects: ['nowhere.>'] })
    const eventId = randomUUID()
    const outcome = emitter.deliver('scan.completed', scan(), { eventId })
    await eventually(() => expect(attempts.at(-1)).toMatchObject({ error: 'no_receipt' }))
    await eventually(async () => expect(await stream.rows([eventId])).toHaveLength(1))
    await manager.streams.delete(receipts)
    expect(await outcome).toMatchObject({ status: 'duplicate' })
    expect(consumer.stats().stored).toBeLessThanOrEqual(2)
  })

  test('killing a broker and wiping its disk loses nothing that an outbox has', async () => {
    stream.startConsumer()
    const { emitter } = stream.startEmitter({ timeoutMs: 2000 })
    await emitter.deliver('scan.completed', scan('before'))
    await stream.server.kill()
    const outcomes = Promise.all(
      Array.from({ length: 20 }, (_, number) => emitter.deliver('scan.completed', scan(`during-${number}`))),
    )
    stream.server.wipe()
    await stream.server.start()
    const settled = await outcomes
    for (const { status } of settled) expect(['stored', 'duplicate']).toContain(status)
    expect(await stream.rows(settled.map(({ eventId }) => eventId))).toHaveLength(20)
  })

  test('an unavailable database delays events and loses none', async () => {
    let isAway = true
    const database = fromPg(stream.pool)
    const away = () => Promise.reject(Object.assign(new Error('away'), { code: 'ECONNREFUSED' }))
    const { consumer, logs } = stream.startConsumer({
      database: {
        query: (...args) => (isAway ? away() : database.query(...args)),
        transaction: (...args) => (isAway ? away() : database.transaction(...args)),
      },
    })
    const { emitter } = stream.startEmitter()
    const outcome = emitter.deliver('scan.completed', scan())
    await eventually(() =>
      expect(logs).toContainEqual(
        expect.objectContaining({ operation: 'receive', error: 'StoreError database_unavailable' }),
      ),
    )
    isAway = false
    const { status } = await outcome
    expect(['stored', 'duplicate']).toContain(status)
    expect(consumer.stats().invalid).toBe(0)
  })

  test('messages that are not events are discarded, and do not hold up the others', async () => {
    const { consumer, logs } = stream.startConsumer()
    const { emitter } = stream.startEmitter()
    await emitter.deliver('scan.completed', scan('before'))
    const js = jetstream(await stream.connect())
    const { prefix } = stream.shared()
    const elsewhere = headers()
    elsewhere.set('webhook-id', '019c56df-4a00-7524-a986-e4719c43361c')
    elsewhere.set('webhook-receipts', '$JS.API.STREAM.DELETE.somebody')
    await js.publish(`${prefix}.x.y`, 'garbage')
    await js.publish(`${prefix}.x.y`, '{}', { headers: elsewhere })
    expect(await emitter.deliver('scan.completed', scan('after'))).toMatchObject({ status: 'stored' })
    await eventually(() => expect(consumer.stats().foreign).toBe(2))
    expect(JSON.stringify(logs)).toContain('are not events and were discarded')
  })

  test('an event that a consumer has and does not acknowledge comes to another one', async () => {
    const never = {
      query: () => new Promise<never>(() => {}),
      transaction: () => new Promise<never>(() => {}),
    }
    const hanging = stream.startConsumer({ database: never, ackWaitMs: 1000 })
    const { emitter } = stream.startEmitter({ timeoutMs: 60_000 })
    const outcome = emitter.deliver('scan.completed', scan())
    const manager = await jetstreamManager(await stream.connect())
    const { stream: name } = stream.shared()
    await eventually(async () =>
      expect((await manager.consumers.info(name, 'receiver')).num_ack_pending).toBe(1),
    )
    stream.startConsumer()
    expect(await outcome).toMatchObject({ status: 'stored' })
    expect(hanging.consumer.stats()).toMatchObject({ stored: 0 })
  })

  test('close finishes the messages it holds and acknowledges them', async () => {
    const { consumer } = stream.startConsumer()
    const { emitter } = stream.startEmitter()
    const outcomes = Array.from({ length: 700 }, (_, number) =>
      emitter.deliver('scan.completed', scan(`job-${number}`)),
    )
    await eventually(() => expect(consumer.stats().stored).toBeGreaterThan(0))
    await consumer.close()
    stream.startConsumer()
    const settled = await Promise.all(outcomes)
    expect(await stream.rows(settled.map(({ eventId }) => eventId))).toHaveLength(700)
    const manager = await jetstreamManager(await stream.connect())
    await eventually(async () => {
      const info = await manager.consumers.info(stream.shared().stream, 'receiver')
      expect([info.num_ack_pending, info.num_pending]).toEqual([0, 0])
    })
  })
})

describe('options', () => {
  const messageOf = (run: () => unknown): string => {
    try {
      run()
    } catch (error) {
      if (isStreamError(error)) return error.message
      throw error
    }
    throw new Error('Nothing was thrown.')
  }

  test('every problem is named at once, and no address', () => {
    const message = messageOf(() =>
      jetStream({ servers: 'http://me:hush@broker.example', stream: 'a b', replicas: 9 }),
    )
    expect(message).toContain('servers[0] is not an address of a broker, expected nats://host:4222')
    expect(message).toContain('stream is not a name')
    expect(message).toContain('replicas is 9, expected a whole number from 1 to 5')
    expect(message).toContain('sealingKey is missing, and events of the contract have private fields')
    expect(message).not.toContain('hush')
  })

  test('a private key does not seal', () => {
    expect(
      messageOf(() =>
        jetStream({
          servers: 'nats://127.0.0.1:4222',
          sealingKey: { kty: 'EC', crv: 'P-256', x: 'x', y: 'y', d: 'd' },
        }),
      ),
    ).toBe(
      'Failed to set up a stream: sealingKey is not a public key, expected that of createSealingKeys() or false. Correct the options.',
    )
  })
})
