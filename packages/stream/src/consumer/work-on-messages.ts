import { createFailureLog, type EmitterLogger, type FailureLog } from '@altcontext/webhook-emitter'
import { countIngestRejections, inLeadScope, isStoreError } from '@altcontext/webhook-store'
import {
  AckPolicy,
  type Consumer,
  DeliverPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  type JsMsg,
} from '@nats-io/jetstream'
import { nanos } from '@nats-io/transport-node'
import type { Broker } from '../broker/connect-broker.ts'
import { fetchMessages } from '../broker/fetch-messages.ts'
import { pause } from '../broker/pause.ts'
import { writeReceipts } from '../messages/receipts.ts'
import { createOpenFields } from '../messages/sealing.ts'
import { isStreamError, StreamError } from '../stream-error.ts'
import type { ResolvedConsumerOptions } from './consumer-options.ts'
import type { ConsumerStats } from './create-consumer.ts'
import { countsOf, type ReceivedMessages, receiveMessages } from './receive-messages.ts'

const afterFailureMs = 250
/** How long a message that could not be committed rests, and this consumer with it: another consumer may do better. */
const restMs = 1000
const receiptTimeoutMs = 5000
/** Without receipts nobody sends an event that cannot be written yet again. */
const laterMs = 30_000
const maxUnacknowledged = 20_000

export interface WorkSettings {
  options: ResolvedConsumerOptions
  stats: ConsumerStats
  logger: EmitterLogger
  failures: FailureLog
  /** Takes no more messages, and finishes those it has. */
  stopping: AbortSignal
  /** Gives back the messages it has not finished. */
  hurrying: AbortSignal
}

/** Takes messages, commits them, sends receipts and acknowledges, until it is stopped or the connection is closed for good. */
export const workOnMessages = async (broker: Broker, settings: WorkSettings): Promise<void> => {
  const { options, failures, stopping, hurrying } = settings
  const finish = createFinish(broker, settings)
  let held: JsMsg[] = []
  let wake = (): void => {}
  const hurried = new Promise<never>((_resolve, reject) => {
    hurrying.addEventListener('abort', () => reject(hurrying.reason), { once: true })
  })
  hurried.catch(() => {})
  const isOver = (): boolean => stopping.aborted || broker.connection.isClosed()

  const take = async (): Promise<void> => {
    let consumer: Consumer | undefined
    while (!isOver()) {
      if (held.length >= options.maxBatchEvents) {
        await pause(afterFailureMs / 25, stopping)
        continue
      }
      try {
        consumer ??= await broker.ask(() => findConsumer(broker, options))
        await fetchMessages(consumer, options.maxBatchEvents, (message) => {
          held.push(message)
          wake()
        })
      } catch (error) {
        if (isOver()) return
        consumer = undefined
        failures.note(error, { operation: 'fetch', ...wordsOf(error) })
        await pause(afterFailureMs, stopping)
        if (!isOver()) await broker.ensureStreams().catch(() => {})
      }
    }
  }

  const work = async (isTaken: () => boolean): Promise<void> => {
    for (;;) {
      if (held.length === 0) {
        if (isTaken()) return
        await new Promise<void>((resolve) => {
          wake = resolve
        })
        // Messages that come in the same turn of the event loop are committed together.
        await new Promise(setImmediate)
        continue
      }
      const messages = held.slice(0, options.maxBatchEvents)
      held = held.slice(options.maxBatchEvents)
      try {
        hurrying.throwIfAborted()
        // A commit that never ends does not keep the process running: whether it was committed, the next consumer finds out.
        await Promise.race([finish(messages), hurried])
      } catch (error) {
        if (!hurrying.aborted) failures.note(error, { operation: 'receive', ...wordsOf(error) })
        for (const message of [...messages, ...held]) message.nak(stopping.aborted ? 0 : restMs)
        held = []
        await pause(restMs, stopping)
      }
    }
  }

  let isTaken = false
  const taken = take().finally(() => {
    isTaken = true
    wake()
  })
  await Promise.all([taken, work(() => isTaken)])
}

/** Commit, receipt, acknowledgement: in this order, so that after an interruption everything is done again and does no harm. */
const createFinish = (broker: Broker, { options, stats, logger, failures }: WorkSettings) => {
  const { leadScope, schema } = options
  const database = leadScope === undefined ? options.database : inLeadScope(options.database, leadScope)
  const open = createOpenFields(options.openingKeys)
  const foreignMessages = createFailureLog((details) =>
    logger.error(details, 'Messages of the stream are not events and were discarded'),
  )
  const sealedMessages = createFailureLog((details) =>
    logger.error(
      details,
      'Events are sealed for a key that this consumer does not have; they stay in their outbox',
    ),
  )

  const publish = async (receipts: ReceivedMessages['receipts']): Promise<void> => {
    const bySubject = Map.groupBy(receipts, ({ subject }) => subject)
    const messages = [...bySubject].flatMap(([subject, own]) =>
      writeReceipts(own.map(({ id, result }) => ({ id, result }))).map((body) => ({ subject, body })),
    )
    const send = () =>
      Promise.all(
        messages.map(({ subject, body }) =>
          broker.jetstream.publish(subject, body, { timeout: receiptTimeoutMs }),
        ),
      )
    await send().catch(async () => {
      await broker.ensureStreams()
      await send()
    })
  }

  const count = async (refused: ReceivedMessages['refused']): Promise<void> => {
    try {
      await countIngestRejections(database, countsOf(refused, options), { schema })
    } catch (error) {
      failures.note(error, { operation: 'count' })
    }
  }

  return async (messages: readonly JsMsg[]): Promise<void> => {
    const { receipts, foreign, sealedFor, refused } = await receiveMessages(messages, {
      options,
      database,
      open,
    })
    if (options.receipts) await publish(receipts)
    for (const message of foreign) message.term('no event')
    for (const [index, message] of messages.filter((each) => !foreign.includes(each)).entries()) {
      const isForLater = !options.receipts && receipts[index]?.result.status === 'retry'
      if (isForLater) message.nak(laterMs)
      else message.ack()
    }
    stats.foreign += foreign.length
    for (const { result } of receipts) stats[result.status] += 1
    if (foreign.length > 0) foreignMessages.note(new Error(), { messages: foreign.length })
    if (sealedFor > 0) sealedMessages.note(new Error(), { messages: sealedFor })
    if (refused.length > 0) await count(refused)
  }
}

/**
 * The durable consumer, created if it does not exist. An existing one stays as it is: the broker would record another filter, but does not
 * deliver what the consumer has already passed over, and consumers with two filters and one name would change it in turns.
 *
 * @throws {StreamError} `another_filter`
 */
const findConsumer = async (
  { manager, jetstream }: Broker,
  { stream, durable, prefix, filter, ackWaitMs }: ResolvedConsumerOptions,
): Promise<Consumer> => {
  const all = `${prefix}.>`
  try {
    const { config } = await manager.consumers.info(stream, durable)
    const reads = config.filter_subject ?? config.filter_subjects?.join(', ') ?? all
    if (filter !== undefined && filter !== reads) {
      throw new StreamError(
        'another_filter',
        `Failed to take events: the durable consumer "${durable}" reads ${reads}, and filter is ${filter}. Use another durable name, or delete that consumer at the broker.`,
      )
    }
  } catch (error) {
    const isMissing = error instanceof JetStreamApiError && error.code === JetStreamApiCodes.ConsumerNotFound
    if (!isMissing) throw error
    await manager.consumers.add(stream, {
      durable_name: durable,
      filter_subject: filter ?? all,
      deliver_policy: DeliverPolicy.All,
      ack_policy: AckPolicy.Explicit,
      ack_wait: nanos(ackWaitMs),
      max_ack_pending: maxUnacknowledged,
      // The outbox decides when an event is given up, not the broker.
      max_deliver: -1,
    })
  }
  return jetstream.consumers.get(stream, durable)
}

/** Our own messages hold no payload. */
const wordsOf = (error: unknown): object =>
  isStoreError(error) || isStreamError(error) ? { detail: error.message } : {}
