import type { SenderFault } from './sender-fault.ts'
import { unrefTimer } from './unref-timer.ts'

/** Whether the sender sends, or has stopped because something is wrong with the sender itself. */
export interface SenderPause {
  /** The fault since its first response and until another response disproves it. */
  fault(): (SenderFault & { sinceMs: number; nextTryAtMs: number }) | undefined
  /** Only one event at a time may be sent, and only when a try is due. */
  isPaused(): boolean
  isTryDue(): boolean
  /**
   * What a response that finds fault with the sender means for the events of its request. `wait`: they go back, for this long,
   * and no attempt is counted. `count`: it is a failed attempt after all, because other events have
   * been accepted since these were refused. `give_up`: the outbox is memory and they have waited long enough.
   */
  noteFault(
    fault: SenderFault,
    ids: readonly string[],
    startedMs: number,
  ): { kind: 'wait'; delayMs: number } | { kind: 'count' } | { kind: 'give_up' }
  /** The receiver has said something about an event, so nothing is wrong with the sender. */
  noteAccepted(startedMs: number): void
  /**
   * The event that was tried got no response that says anything about the sender (a network error, 503, 429). Returns
   * how long it goes back to the outbox, so that another event is tried next.
   */
  noteInconclusive(startedMs: number): number
  close(): void
}

/** The maximum wait before a sender with a wrong key tries again, however long its time-out is. */
const maxTryIntervalMs = 60_000

/** An event that was refused is tried after those that were not, so that no single one can keep the sender paused. */
const behindOthersMs = 50

/** How many refused events are remembered. A pause begins with a few requests and continues with one event at a time. */
const maxRefused = 50_000

/** Moments are on the monotonic clock: the wall clock may be what is wrong. */
export const createSenderPause = ({
  firstDelayMs,
  timeoutMs,
  patienceMs,
  isDurable,
  onPause,
  onTryDue,
  onResume,
}: {
  firstDelayMs: number
  /** The time-out of one attempt. Once the fault is corrected, the next try comes within it. */
  timeoutMs: number
  /** How long events in memory wait; a durable outbox has an age limit of its own. */
  patienceMs: number
  isDurable: boolean
  onPause(fault: SenderFault, delayMs: number): void
  onTryDue(): void
  onResume(fault: SenderFault, pausedMs: number): void
}): SenderPause => {
  let current: SenderFault | undefined
  let sinceMs = 0
  let nextTryMs = 0
  let tries = 0
  let hasGivenUp = false
  let timer: ReturnType<typeof setTimeout> | undefined
  const refused = new Set<string>()
  let disproved = new Set<string>()

  const isPaused = (): boolean => current !== undefined && !hasGivenUp

  const longestDelayMs = Math.max(firstDelayMs, Math.min(timeoutMs, maxTryIntervalMs))
  const scheduleTry = (sinceMs: number): void => {
    const intervalMs = Math.min(firstDelayMs * 2 ** tries, longestDelayMs)
    const delayMs = Math.max(0, sinceMs + intervalMs - performance.now())
    tries += 1
    nextTryMs = performance.now() + delayMs
    clearTimeout(timer)
    timer = setTimeout(onTryDue, delayMs)
    // Events that wait in a durable outbox are safe, so waiting does not keep the process running.
    if (isDurable) unrefTimer(timer)
  }

  const hasWaitedLongEnough = (): boolean => !isDurable && performance.now() - sinceMs >= patienceMs
  const untilNextTryMs = (): number => Math.max(1, Math.ceil(nextTryMs - performance.now()))

  return {
    fault: () => current && { ...current, sinceMs, nextTryAtMs: nextTryMs },
    isPaused,
    isTryDue: () => isPaused() && performance.now() >= nextTryMs,

    noteFault(fault, ids, startedMs) {
      if (ids.some((id) => disproved.has(id))) return { kind: 'count' }
      const isNew = current === undefined
      const isOther = current?.reason !== fault.reason
      if (isNew) {
        sinceMs = performance.now()
        tries = 0
      }
      current = fault
      if (hasGivenUp || hasWaitedLongEnough()) {
        hasGivenUp = true
        onTryDue()
        return { kind: 'give_up' }
      }
      for (const id of ids) if (refused.size < maxRefused) refused.add(id)
      // Responses to requests that were under way when it paused say nothing new.
      if (isNew || startedMs >= nextTryMs) scheduleTry(performance.now())
      const delayMs = untilNextTryMs()
      if (isOther) onPause(fault, delayMs)
      return { kind: 'wait', delayMs: delayMs + behindOthersMs }
    },

    noteAccepted(startedMs) {
      // A request sent before the refusal proves nothing about a key that was changed in between.
      if (current === undefined || startedMs < sinceMs) return
      const fault = current
      current = undefined
      hasGivenUp = false
      clearTimeout(timer)
      disproved = new Set(refused)
      refused.clear()
      onResume(fault, performance.now() - sinceMs)
    },

    noteInconclusive(startedMs) {
      hasGivenUp = hasWaitedLongEnough()
      // Counted from its start: a receiver that never responds takes a whole time-out for each request.
      scheduleTry(startedMs)
      return untilNextTryMs() + behindOthersMs
    },

    close: () => clearTimeout(timer),
  }
}
