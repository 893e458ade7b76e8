/**
 * Judges whether a clock can be believed when it says that events are too old. A clock that is months ahead at
 * one start would have every waiting event erased. So the outbox keeps the last moment it has seen: a clock far ahead of
 * it has either jumped, or the outbox has not been open for that long. Until the receiver's clock agrees, nothing is expired.
 */
export interface ClockWatch {
  /** `markMs` is the last moment that the outbox has seen, if there is one. */
  isBelieved(clock: { nowMs: number; markMs: number | undefined }): boolean
  /** What the receiver's clock says at this moment. */
  noteReceiverTime(timeMs: number): void
}

/** `onJump` is told once for each jump: how far the clock is ahead of the last moment seen. */
export const createClockWatch = (onJump: (aheadMs: number) => void): ClockWatch => {
  let receiverOffsetMs: number | undefined
  let isTold = false
  return {
    isBelieved({ nowMs, markMs }) {
      const aheadMs = markMs === undefined ? 0 : nowMs - markMs
      const isConfirmed =
        receiverOffsetMs !== undefined &&
        Math.abs(performance.now() + receiverOffsetMs - nowMs) <= maxDifferenceMs
      if (aheadMs <= maxUnwatchedMs || isConfirmed) {
        isTold = false
        return true
      }
      if (!isTold) onJump(aheadMs)
      isTold = true
      return false
    },
    noteReceiverTime(timeMs) {
      if (Number.isFinite(timeMs)) receiverOffsetMs = timeMs - performance.now()
    },
  }
}

/** An outbox that is in use is seen every minute. A day is little beside the 60 that an event may wait. */
export const maxUnwatchedMs = 86_400_000
const maxDifferenceMs = 3_600_000
