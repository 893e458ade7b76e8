/** What `serve` does without a flag or variable. In a file of its own, because help is shown without loading the rest. */
export const relayDefaults = Object.freeze({
  outbox: 'webhook-outbox.db',
  host: '127.0.0.1',
  port: 4600,
  shutdownTimeoutMs: 10_000,
  logLevel: 'info' as const,
})
