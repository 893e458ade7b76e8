import pRetry from 'p-retry'
import type { PendingReason } from '../emitter.ts'
import { newId } from '../new-id.ts'
import type { Settlement } from '../outbox/outbox.ts'
import type { AttemptReport } from '../reports/emitter-reports.ts'
import type { BatchRoute } from './batch-route.ts'
import { type ConcludeDependencies, createConclude, errorOf, retriesOf } from './conclude-attempt.ts'
import type { ExchangeEvents } from './exchange-events.ts'
import type { HeldEvent } from './held-event.ts'
import { retryVerdict, type Verdict } from './judge-webhook-response.ts'
import type { RequestGate } from './request-gate.ts'
import type { SenderFault } from './sender-fault.ts'
import type { SenderPause } from './sender-pause.ts'
import { sleep } from './sleep.ts'
import { fitsOneBatch } from './webhook-body.ts'

export interface DeliveryDependencies extends ConcludeDependencies {
  exchange: ExchangeEvents
  gate: RequestGate
  batchRoute: BatchRoute
  pause: Pick<SenderPause, 'isPaused' | 'noteFault' | 'noteAccepted' | 'noteInconclusive'>
  /** Ends waits for good. */
  signal: AbortSignal
  /** Ends waits; each delivery asks for a new signal. */
  waitSignal(): AbortSignal
  /** Records outcomes, then tells whoever waits for them. Never rejects. */
  settle(
    settlements: readonly Settlement[],
    events: readonly HeldEvent[],
    /** Why events that will be sent again are given back. */
    why: PendingReason,
  ): Promise<void>
  report(event: HeldEvent, report: Omit<AttemptReport, 'eventId' | 'eventType' | 'attempt'>): void
}

/** `isTry`: the one event with which a paused sender finds out whether its fault is corrected. */
export type DeliverEvents = (events: readonly HeldEvent[], options?: { isTry: boolean }) => Promise<void>

/**
 * Delivers claimed events: one request, and the short retries after it (1 s, 5 s, 30 s), each with the events that
 * are still open. Resolves when every event is settled. A try is one request: its retries are left to the outbox, so that
 * it does not keep its turn while it waits for them.
 */
export const createDeliverEvents = (dependencies: DeliveryDependencies): DeliverEvents => {
  const { exchange, gate, batchRoute, schedule, pause, signal, waitSignal, settle, report } = dependencies
  const conclude = createConclude(dependencies)

  const deliver: DeliverEvents = async (events, { isTry } = { isTry: false }) => {
    if (!fitsOneBatch(events)) return deliverParts(halvesOf(events))
    const open = { events, batchId: '', isTry }
    const waits = waitSignal()
    let parts: (readonly HeldEvent[])[] = []
    try {
      // p-retry owns the attempts. Its delays are powers of a factor, so the waits are made in onFailedAttempt.
      parts = await pRetry(() => gate.run(() => attempt(open), waits), {
        // One more than ever follows: p-retry gives up at its last retry even if that one does not count.
        retries: schedule.shortRetries + 1,
        minTimeout: 0,
        signal: waits,
        shouldRetry: ({ error }) => error instanceof FailedAttempt,
        shouldConsumeRetry: ({ error }) => !(error instanceof FailedAttempt && error.isPaced),
        onFailedAttempt: ({ error }) =>
          error instanceof FailedAttempt ? sleep(error.delayMs, waits) : undefined,
      })
    } catch (error) {
      await giveBack(open.events, error, waits)
    }
    if (parts.length > 0) await deliverParts(parts)
  }

  const deliverParts = async (parts: (readonly HeldEvent[])[]): Promise<void> => {
    await Promise.all(parts.map((part) => deliver(part)))
  }

  /** One request. Returns what must be sent in another way; throws FailedAttempt while events are open. */
  const attempt = async (open: { events: readonly HeldEvent[]; batchId: string; isTry: boolean }) => {
    const { events } = open
    const isBatch = events.length > 1
    // The route may have become known as missing while this delivery waited for its turn.
    if (isBatch && batchRoute.maxEvents() === 1) return events.map((event) => [event])
    open.batchId ||= newId()
    const startMs = performance.now()
    const { verdict: judged, status } = await exchange(events, open.batchId)
    const durationMs = performance.now() - startMs
    for (const event of events) event.requests += 1

    if (judged.kind === 'no_batch_route') {
      batchRoute.noteMissing()
      return events.map((event) => [event])
    }
    if (judged.kind === 'too_large') {
      batchRoute.noteTooLarge(events.length)
      return halvesOf(events)
    }
    if (judged.kind === 'refused_together') return halvesOf(events)
    if (judged.kind === 'results' || judged.kind === 'dead') pause.noteAccepted(startMs)
    if (judged.kind === 'results' && isBatch) batchRoute.notePresent()
    const verdict = judged.kind === 'sender_fault' ? blame(events, judged.fault, startMs) : judged
    if (verdict.kind === 'refused_together') return halvesOf(events)
    if (verdict.kind === 'wait') {
      open.events = []
      await waitForSender(events, verdict, { status, durationMs })
      return []
    }

    const { settlements, delayMs, isPaced, ...concluded } = conclude(events, verdict)
    const isTurnOver = open.isTry && pause.isPaused()
    const failed = isTurnOver ? [] : concluded.failed
    if (isTurnOver) {
      const outboxDelayMs = Math.max(delayMs, pause.noteInconclusive(startMs))
      settlements.push(...retriesOf(concluded.failed, outboxDelayMs, errorOf(verdict, 0) ?? 'retry'))
    }
    const byId = new Map(settlements.map((settlement) => [settlement.id, settlement]))
    const shared = { batchSize: events.length, status, durationMs }
    events.forEach((event, index) => {
      const settlement = byId.get(event.id)
      report(event, {
        ...shared,
        outcome: settlement?.status ?? 'retry',
        error: errorOf(verdict, index),
        nextDelayMs: settlement === undefined ? delayMs : nextDelayOf(settlement),
      })
    })
    if (failed.length < events.length) open.batchId = ''
    open.events = failed
    if (settlements.length > 0) await settle(settlements, events, 'retrying')
    if (failed.length > 0) throw new FailedAttempt(delayMs, isPaced)
    return []
  }

  /** What a response that finds fault with the sender means for these events. */
  const blame = (
    events: readonly HeldEvent[],
    fault: SenderFault,
    startMs: number,
  ): Extract<Verdict, { kind: 'retry' | 'dead' | 'refused_together' }> | Wait => {
    const { detail, error, reason } = fault
    const ids = events.map(({ id }) => id)
    const decision = pause.noteFault(fault, ids, startMs)
    if (decision.kind === 'wait') return { ...decision, fault }
    if (decision.kind === 'give_up') {
      return { kind: 'dead', reason: reason === 'redirected' ? 'redirected' : 'refused', detail, error }
    }
    if (events.length > 1) return { kind: 'refused_together' }
    return retryVerdict(error)
  }

  /** Gives events back until the sender's fault is corrected. No attempt is counted. */
  const waitForSender = async (
    events: readonly HeldEvent[],
    { fault: { error, detail }, delayMs }: Wait,
    { status, durationMs }: { status: number | undefined; durationMs: number },
  ): Promise<void> => {
    for (const event of events) {
      const batchSize = events.length
      report(event, { outcome: 'paused', error, batchSize, status, durationMs, nextDelayMs: delayMs })
    }
    await settle(retriesOf(events, delayMs, detail), events, 'paused')
  }

  /** The sender stops or pauses, or one of our own callbacks is broken: either way the events are not lost. */
  const giveBack = async (
    events: readonly HeldEvent[],
    error: unknown,
    waits: AbortSignal,
  ): Promise<void> => {
    const isUnexpected = !waits.aborted
    const detail = isUnexpected
      ? `unexpected ${error instanceof Error ? error.name : 'error'}`
      : signal.aborted
        ? 'closing'
        : 'paused'
    const why = isUnexpected ? 'retrying' : signal.aborted ? 'closed' : 'paused'
    await settle(retriesOf(events, isUnexpected ? afterBugMs : 0, detail), events, why)
  }

  return deliver
}

const afterBugMs = 30_000

/** Events that go back until the sender's fault is corrected. */
interface Wait {
  kind: 'wait'
  delayMs: number
  fault: SenderFault
}

/** Tells p-retry to try again. */
class FailedAttempt extends Error {
  readonly delayMs: number
  readonly isPaced: boolean

  constructor(delayMs: number, isPaced: boolean) {
    super('The receiver has not taken every event.')
    this.delayMs = delayMs
    this.isPaced = isPaced
  }
}

const halvesOf = (events: readonly HeldEvent[]): (readonly HeldEvent[])[] => {
  const middle = Math.ceil(events.length / 2)
  return [events.slice(0, middle), events.slice(middle)]
}

const nextDelayOf = (settlement: Settlement): number | undefined =>
  settlement.status === 'retry' ? settlement.delayMs : undefined
