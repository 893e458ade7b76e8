import { AckPolicy, type Consumer, DeliverPolicy } from '@nats-io/jetstream'
import { nanos } from '@nats-io/transport-node'
import type { Broker } from '../broker/connect-broker.ts'
import { fetchMessages } from '../broker/fetch-messages.ts'
import { pause } from '../broker/pause.ts'
import { type Receipt, readReceipts } from '../messages/receipts.ts'

const maxMessages = 100
const afterFailureMs = 250
const redeliveryMs = 5000
const forgottenAfterMs = 60_000
/** How much the clocks of two servers may differ. */
const heardAgainMs = 30_000

export interface FollowReceiptsSettings {
  stream: string
  subject: string
  note(receipt: Receipt): void
  /** From here on receipts are heard. */
  noteReady(): void
  signal: AbortSignal
}

/**
 * Reads the receipts of one producer until the signal is aborted. Whatever happens to its consumer, to the stream or to the broker's disks,
 * it begins again with a new consumer, a little before the last receipt it heard: hearing a receipt twice does no harm.
 *
 * @returns a promise that resolves when it has ended
 */
export const followReceipts = async (
  broker: Broker,
  { stream, subject, note, noteReady, signal }: FollowReceiptsSettings,
): Promise<void> => {
  let heardMs: number | undefined
  let consumer: Consumer | undefined
  while (!signal.aborted && !broker.connection.isClosed()) {
    try {
      consumer ??= await broker.ask(() => createReceiptsConsumer(broker, { stream, subject, heardMs }))
      noteReady()
      await fetchMessages(
        consumer,
        maxMessages,
        (message) => {
          for (const receipt of readReceipts(message.string())) note(receipt)
          heardMs = message.time.getTime()
          message.ack()
        },
        signal,
      )
    } catch {
      consumer = undefined
      await pause(afterFailureMs, signal)
      if (!signal.aborted) await broker.ensureStreams().catch(() => {})
    }
  }
}

/** For one process, in memory: the broker forgets it when nobody reads from it any more. */
const createReceiptsConsumer = async (
  { manager, jetstream }: Broker,
  { stream, subject, heardMs }: { stream: string; subject: string; heardMs: number | undefined },
): Promise<Consumer> => {
  const start =
    heardMs === undefined
      ? { deliver_policy: DeliverPolicy.All }
      : {
          deliver_policy: DeliverPolicy.StartTime,
          opt_start_time: new Date(heardMs - heardAgainMs).toISOString(),
        }
  const { name } = await manager.consumers.add(stream, {
    ...start,
    filter_subject: subject,
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(redeliveryMs),
    inactive_threshold: nanos(forgottenAfterMs),
    mem_storage: true,
    num_replicas: 1,
  })
  return jetstream.consumers.get(stream, name)
}
