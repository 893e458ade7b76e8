import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { AckPolicy, type Consumer, type JsMsg, jetstream, jetstreamManager } from '@nats-io/jetstream'
import { type NatsConnection, nanos } from '@nats-io/transport-node'
import { parquetWriteBuffer } from 'hyparquet-writer'

export interface ParquetSettings {
  stream: string
  /** The broker's name for this consumer: it remembers what has been written. */
  durable: string
  /** Which subjects: `webhooks.scan.>` means all events of scans. */
  filter: string
  folder: string
}

/** How many events are in one file, and held in memory. */
const maxFileEvents = 20_000
const ackWaitMs = 5 * 60_000

/**
 * Writes the messages that have come since the last time, and then acknowledges them. So no message that the broker gave out is missing, and an
 * event may be in two files: when this was killed in between, or when the event was sent twice. Its id shows that.
 *
 * @returns the files
 */
export const writeParquet = async (
  connection: NatsConnection,
  settings: ParquetSettings,
): Promise<string[]> => {
  const consumer = await findConsumer(connection, settings)
  mkdirSync(settings.folder, { recursive: true })
  const files: string[] = []
  for (;;) {
    const messages = await takeWaiting(consumer)
    const [first] = messages
    if (first === undefined) return files
    const file = join(settings.folder, `events-${String(first.seq).padStart(12, '0')}-${Date.now()}.parquet`)
    // The file is whole or absent: a reader never sees half of it.
    writeFileSync(`${file}.part`, toParquet(messages), { flush: true })
    renameSync(`${file}.part`, file)
    files.push(file)
    for (const message of messages) message.ack()
    await connection.flush()
  }
}

const findConsumer = async (
  connection: NatsConnection,
  { stream, durable, filter }: ParquetSettings,
): Promise<Consumer> => {
  const manager = await jetstreamManager(connection, { checkAPI: false })
  // If it exists already, the same settings change nothing.
  await manager.consumers.add(stream, {
    durable_name: durable,
    filter_subject: filter,
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(ackWaitMs),
    max_ack_pending: maxFileEvents,
  })
  return jetstream(connection).consumers.get(stream, durable)
}

/** After a moment without a message it stops. */
const takeWaiting = async (consumer: Consumer): Promise<JsMsg[]> => {
  const messages: JsMsg[] = []
  while (messages.length < maxFileEvents) {
    const before = messages.length
    const request = { max_messages: Math.min(500, maxFileEvents - before), expires: 1000, bind: true }
    for await (const message of await consumer.fetch(request)) messages.push(message)
    if (messages.length === before) break
  }
  return messages
}

/** Without private fields: those travel beside the envelope, encrypted for whoever has the key. */
const toParquet = (messages: readonly JsMsg[]): Uint8Array => {
  const byId = new Map(messages.map((message) => [message.headers?.get('webhook-id') ?? '', message]))
  const rows = [...byId].flatMap(([id, message]) => {
    const event = readEnvelope(message)
    return event === undefined ? [] : [{ id, event }]
  })
  const buffer = parquetWriteBuffer({
    columnData: [
      { name: 'id', type: 'STRING', data: rows.map(({ id }) => id) },
      { name: 'event_type', type: 'STRING', data: rows.map(({ event }) => event.eventType) },
      { name: 'tenant_id', type: 'STRING', data: rows.map(({ event }) => event.tenantId) },
      { name: 'occurred_at', type: 'TIMESTAMP', data: rows.map(({ event }) => new Date(event.occurredAt)) },
      { name: 'payload', type: 'JSON', data: rows.map(({ event }) => event.payload) },
    ],
  })
  return new Uint8Array(buffer)
}

interface Envelope {
  eventType: string
  tenantId: string
  occurredAt: string
  payload: Record<string, unknown>
}

/** A message that is not an event is left out, and does not come again. */
const readEnvelope = (message: JsMsg): Envelope | undefined => {
  try {
    const { eventType, tenantId, occurredAt, payload } = message.json<Envelope>()
    const isWhole = [eventType, tenantId].every((text) => typeof text === 'string')
    return isWhole && !Number.isNaN(Date.parse(occurredAt))
      ? { eventType, tenantId, occurredAt, payload }
      : undefined
  } catch {
    return undefined
  }
}
