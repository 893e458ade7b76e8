/** The bounds of the completeness protocol. Durations are in milliseconds. */
export const completenessLimits = Object.freeze({
  /** Ranges in one request. */
  maxRanges: 256,
  /** A request to `reconcile` or `heartbeat`, as JSON, in bytes. */
  maxBodyBytes: 65_536,
  /** Into how many parts a range that differs is split. */
  splitParts: 16,
  /** Ranges with at most so many ids at the receiver are answered with their hashes instead. */
  maxIds: 64,
  /** Gaps that one proof names. */
  maxGaps: 100,
  /** What is younger is not compared: it may be on its way, and clocks differ. */
  graceMs: 120_000,
  heartbeatIntervalMs: 60_000,
  reconcileIntervalMs: 3_600_000,
  /** A producer whose last heartbeat is older than so many of its intervals is silent. */
  silentAfterIntervals: 2,
})
