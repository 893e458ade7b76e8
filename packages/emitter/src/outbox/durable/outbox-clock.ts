import type { ClockReading, OutboxTime, OutboxTimes } from './outbox-storage.ts'

/**
 * The time by which an outbox judges how old its events are. What is erased for its age is gone for good, and a clock may be
 * years wrong, at one start or at several. So this time advances only on evidence: while a process runs, by the time that
 * really passes; over a time in which none ran, only once the receiver's clock agrees with the outbox's own.
 */
export interface OutboxClock {
  /** Advances the time, keeps it, and returns it: it is certainly at least this late. Events that are too old by it may be erased. */
  advance(): Promise<number>
  /** The latest that it may be, unless every clock is wrong. Events that are too old by it are no longer sent, and not yet erased. */
  latestMs(): Promise<number>
  /** Whether something may be held back that can be sent as soon as the clock is corrected. */
  isUnsure(): boolean
  /** What the receiver's clock says at this moment. Returns whether that is news. */
  noteReceiverTime(timeMs: number): boolean
}

/** `onJump` is called once for each jump, with how far the clock is ahead of the time that has certainly passed; negative when it is behind. */
export const createOutboxClock = (storage: OutboxTimes, onJump: (aheadMs: number) => void): OutboxClock => {
  let own: Sighting | undefined
  let receiver: Sighting | undefined
  let certain: (Sighting & { isConfirmed: boolean }) | undefined
  let beganMs = Number.NEGATIVE_INFINITY
  let isTold = false

  const read = async (): Promise<Required<ClockReading>> => {
    const { nowMs, time: kept } = await storage.readClock()
    const isSetBack = own === undefined || nowMs < nowOf(own) - maxDifferenceMs
    if (isSetBack) await storage.releaseFutureWaits()
    own = sighted(nowMs)
    if (certain === undefined) {
      beganMs = kept?.timeMs ?? nowMs
      certain = { ...sighted(beganMs), isConfirmed: kept?.isConfirmed ?? false }
    }
    // Another process may know a later time.
    if (kept !== undefined && isBetter(kept, { ...certain, timeMs: nowOf(certain) })) {
      certain = { ...sighted(kept.timeMs), isConfirmed: kept.isConfirmed }
    }
    return { nowMs, time: { timeMs: nowOf(certain), isConfirmed: certain.isConfirmed } }
  }

  const confirm = async (nowMs: number, { timeMs, isConfirmed }: OutboxTime): Promise<void> => {
    const byMs = nowMs - timeMs
    // Two clocks agree that the kept time was wrong, or only one clock ever confirmed it. How long events had waited by it
    // is still known.
    const isCorrection = Math.abs(byMs) > maxDifferenceMs && (byMs < 0 || !isConfirmed)
    if (isCorrection) await storage.correctTimes({ beforeMs: beganMs + maxUnkeptMs, byMs, nowMs })
    else await storage.keepTime({ timeMs: nowMs, isConfirmed: true })
    certain = { ...sighted(nowMs), isConfirmed: true }
  }

  return {
    async advance() {
      const { nowMs, time } = await read()
      const aheadMs = nowMs - time.timeMs
      if (receiver !== undefined && Math.abs(nowOf(receiver) - nowMs) <= maxDifferenceMs) {
        isTold = false
        await confirm(nowMs, time)
        return nowMs
      }
      if (Math.abs(aheadMs) <= maxUnwatchedMs) isTold = false
      else if (!isTold) {
        isTold = true
        onJump(aheadMs)
      }
      await storage.keepTime(time)
      return time.timeMs
    },

    async latestMs() {
      if (own === undefined || certain === undefined || performance.now() - own.atMs > maxReadingAgeMs) {
        await read()
      }
      const clocks = [own, receiver].flatMap((clock) => (clock === undefined ? [] : [nowOf(clock)]))
      return Math.max(certain === undefined ? 0 : nowOf(certain), Math.min(...clocks))
    },

    isUnsure: () =>
      own !== undefined && certain !== undefined && nowOf(own) - nowOf(certain) > maxDifferenceMs,

    noteReceiverTime(timeMs) {
      if (!Number.isFinite(timeMs)) return false
      const isNews = receiver === undefined || Math.abs(nowOf(receiver) - timeMs) > maxDifferenceMs
      receiver = sighted(timeMs)
      return isNews
    },
  }
}

/** What a clock said, and when that was on the monotonic clock of this process. */
interface Sighting {
  timeMs: number
  atMs: number
}

const sighted = (timeMs: number): Sighting => ({ timeMs, atMs: performance.now() })
const nowOf = ({ timeMs, atMs }: Sighting): number => timeMs + performance.now() - atMs

const isBetter = (one: OutboxTime, other: OutboxTime): boolean =>
  one.isConfirmed === other.isConfirmed ? one.timeMs > other.timeMs : one.isConfirmed

/** A clock further than this from the time that has certainly passed is reported: it is wrong, or no process ran for that long. */
export const maxUnwatchedMs = 86_400_000
const maxDifferenceMs = 3_600_000
/** The time is kept every minute. Events accepted after the last kept time still belong to it. */
const maxUnkeptMs = 120_000
const maxReadingAgeMs = 10_000
