export type { OutboxLocation } from './cli/outbox-location.ts'
export { createRelay, type Relay } from './create-relay.ts'
export { relayDefaults } from './relay-defaults.ts'
export { isRelayError, RelayError, type RelayErrorCode } from './relay-error.ts'
export {
  type RelayEnvironment,
  type RelayFlags,
  type RelayOptions,
  resolveRelayOptions,
} from './relay-options.ts'
