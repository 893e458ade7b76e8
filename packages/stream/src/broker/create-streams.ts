import {
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from '@nats-io/jetstream'
import { nanos } from '@nats-io/transport-node'
import { StreamError } from '../stream-error.ts'
import type { ResolvedStreamOptions } from '../stream-options.ts'

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs

/** Within this window the broker takes a message id only once. A message that is deliberately sent again has another id. */
const duplicateWindowMs = 2 * minuteMs
const maxEventsAgeMs = 3 * dayMs
const maxReceiptsAgeMs = 5 * minuteMs
/** A number, not a size, because the broker would reserve a size in advance. With 200 receipts each they take about 100 MB. */
const maxReceiptsMessages = 5000

/** Creates the two streams if they do not exist. Existing ones stay as they are: an operator may have set them up differently. */
export const createStreams = async (
  manager: JetStreamManager,
  options: ResolvedStreamOptions,
): Promise<void> => {
  const { stream, receiptsStream, prefix, receiptsPrefix, replicas: num_replicas } = options
  await createStream(manager, {
    name: stream,
    subjects: [`${prefix}.>`],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    max_age: nanos(maxEventsAgeMs),
    // If an operator has limited its size, a full stream refuses events, and those wait in their outbox.
    discard: DiscardPolicy.New,
    duplicate_window: nanos(duplicateWindowMs),
    num_replicas,
  })
  await createStream(manager, {
    name: receiptsStream,
    subjects: [`${receiptsPrefix}.>`],
    // A lost receipt only makes its event be sent once more.
    storage: StorageType.Memory,
    retention: RetentionPolicy.Limits,
    max_age: nanos(maxReceiptsAgeMs),
    max_msgs: maxReceiptsMessages,
    discard: DiscardPolicy.Old,
    num_replicas,
  })
}

const createStream = async (
  manager: JetStreamManager,
  config: Partial<StreamConfig> & { name: string },
): Promise<void> => {
  try {
    const { cluster } = await manager.streams.info(config.name)
    // A server that is cut off from the others knows the stream as well, but nobody who leads it.
    if (cluster !== undefined && !cluster.leader) {
      throw new StreamError(
        'broker_unavailable',
        'Failed to use the stream: none of the servers that can be reached leads it.',
      )
    }
  } catch (error) {
    if (!isStreamMissing(error)) throw error
    try {
      await manager.streams.add(config)
    } catch (addError) {
      // Another process was quicker, perhaps with other settings.
      await manager.streams.info(config.name).catch(() => {
        throw addError
      })
    }
  }
}

export const isStreamMissing = (error: unknown): boolean =>
  error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound
