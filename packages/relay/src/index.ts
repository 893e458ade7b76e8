export { createRelay, type Relay } from './create-relay.ts'
export type { OutboxLocation } from './outbox-location.ts'
export { isRelayError, RelayError, type RelayErrorCode } from './relay-error.ts'
export {
  type RelayEnvironment,
  type RelayFlags,
  type RelayOptions,
  relayDefaults,
  resolveRelayOptions,
} from './relay-options.ts'
