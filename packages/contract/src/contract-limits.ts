/** The bounds that both sides keep to. Sizes are in bytes, durations in milliseconds. */
export const contractLimits = Object.freeze({
  /** `tenant_events.tenant_id` is a `VARCHAR(128)` (roadmap §5). */
  maxTenantIdLength: 128,
  /** `tenant_events.event_type` is a `VARCHAR(64)` (roadmap §5). */
  maxEventTypeLength: 64,
  /** A whole API key is longer than this, so it can never be sent as a prefix by mistake. */
  maxKeyPrefixLength: 16,
  /** `x-admin-key`: a key that can be guessed protects nothing. */
  minAdminKeyLength: 24,
  /** How much is kept of a free text such as `errorMessage`. */
  maxTextLength: 500,
  maxBatchEvents: 500,
  /** One event, as JSON. */
  maxBodyBytes: 65_536,
  /** One batch, as JSON. */
  maxBatchBodyBytes: 2_097_152,
  /** Levels of objects and lists in one event, its envelope among them. */
  maxDepth: 32,
  /** Keys of one object. */
  maxKeysPerObject: 256,
  /** How far `occurredAt` may lie in the future: clocks differ, but not by more than a day. */
  maxFutureMs: 86_400_000,
  /** How old or new a signature may be (Standard Webhooks: five minutes). */
  signatureToleranceMs: 300_000,
  /**
   * For how long after it was accepted a sender may still deliver an event: 60 days. A receiver must remember
   * which events it has for longer than that (raw events: 90 days from receipt), or a late repetition counts twice.
   */
  retryHorizonMs: 5_184_000_000,
})
