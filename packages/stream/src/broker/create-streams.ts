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
import type { ResolvedStreamOptions } from '../stream-options.ts'

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs

/** Within it the broker takes a message with the same id once. A message that is sent again deliberately has another id. */
const duplicateWindowMs = 2 * minuteMs
const maxEventsAgeMs = 3 * dayMs
const maxReceiptsAgeMs = 5 * minuteMs
/** A number and no size, which the broker would set aside in advance. With 200 receipts each they are some 100 MB. */
const maxReceiptsMessages = 5000

/** Makes the two streams where they are not there. Those that are, somebody may have set up otherwise: they stay as they are. */
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
    // Where an operator has limited its size, a full stream refuses, and what it refuses waits in its outbox.
    discard: DiscardPolicy.New,
    duplicate_window: nanos(duplicateWindowMs),
    num_replicas,
  })
  await createStream(manager, {
    name: receiptsStream,
    subjects: [`${receiptsPrefix}.>`],
    // One that is lost costs a second sending.
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
    await manager.streams.info(config.name)
  } catch (error) {
    if (!isStreamMissing(error)) throw error
    try {
      await manager.streams.add(config)
    } catch (addError) {
      // Somebody else was quicker, perhaps with other settings.
      await manager.streams.info(config.name).catch(() => {
        throw addError
      })
    }
  }
}

export const isStreamMissing = (error: unknown): boolean =>
  error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound
