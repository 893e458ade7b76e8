export { type JetStreamFlags, readJetStream } from './cli/read-jet-stream.ts'
export {
  type ConsumerOptions,
  consumerDefaults,
} from './consumer/consumer-options.ts'
export { type ConsumerStats, createConsumer, type EventConsumer } from './consumer/create-consumer.ts'
export { createOpenFields, createSealingKeys, type OpenFields, type SealingKey } from './messages/sealing.ts'
export { type JetStreamOptions, jetStream } from './producer/jet-stream.ts'
export { isStreamError, StreamError, type StreamErrorCode } from './stream-error.ts'
export { type StreamOptions, streamDefaults } from './stream-options.ts'
