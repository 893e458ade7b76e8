/** The bounds of the completeness protocol. Durations are in milliseconds. */
export const completenessLimits = Object.freeze({
  /** How many ranges one request may hold. */
  maxRanges: 256,
  /** A request to `reconcile` or `heartbeat`, as JSON, in bytes. */
  maxBodyBytes: 65_536,
  /** Into how many pieces a range that differs is split. */
  splitParts: 16,
  /** For a range with at most this many ids the receiver returns their hashes instead of splitting it. */
  maxIds: 64,
  /** How many gaps one proof may name. */
  maxGaps: 100,
  /** Younger events are not compared: they may still be on their way, and clocks differ. */
  graceMs: 120_000,
  heartbeatIntervalMs: 60_000,
  reconcileIntervalMs: 3_600_000,
  /** A producer is silent once its last heartbeat is older than this many of its intervals. */
  silentAfterIntervals: 2,
})
