import type { PendingReason } from '../emitter.ts'
import type { OutboxEvent, Settlement } from '../outbox/outbox.ts'
import type { Observer } from '../reports/observer.ts'
import type { ResolvedOptions } from '../resolve-emitter-options.ts'
import { afterThisTurn } from './after-this-turn.ts'
import { createBatchRoute } from './batch-route.ts'
import { retriesOf } from './conclude-attempt.ts'
import { createDeliverEvents } from './deliver-events.ts'
import { createExchangeEvents } from './exchange-events.ts'
import type { HeldEvent } from './held-event.ts'
import { createRequestGate } from './request-gate.ts'
import { createRetrySchedule } from './retry-schedule.ts'
import { createSenderPause, type SenderPause } from './sender-pause.ts'
import { unrefTimer } from './unref-timer.ts'

/** Moves events from the outbox to the receiver for as long as there are any. */
export interface Sender {
  /** Looks into the outbox soon. Cheap: many calls cause one look. */
  wake(): void
  /** Resolves once nothing is claimable and nothing is held: every event is settled or waits for a long retry. */
  idle(): Promise<void>
  /** Ends requests and waits, and resolves when the held events are back in the outbox. */
  stop(): Promise<void>
  /** What is wrong with the sender itself, if anything is. */
  fault: SenderPause['fault']
}

/** What the sender says about events, apart from the reports. */
export interface SenderListener {
  onSettled(settlements: readonly Settlement[], why: PendingReason): void
  /** Nothing is sent for now. `isHeld` says which events are still under way. */
  onPaused(isHeld: (id: string) => boolean): void
}

/** After a crash a lease must end within a minute. It is renewed three times while it lasts. */
const leaseMs = 45_000
const renewalMs = 15_000

/**
 * How many deliveries may be open at once, including those that wait for a retry. Enough that a few bad events do not
 * hold up the good ones behind them; few enough that a dead receiver does not empty the outbox into memory.
 */
const maxOpenDeliveries = 64

/**
 * With more than this, events that wait longer than one time-out wait in the outbox. Otherwise a receiver that is back
 * would get nothing, neither old nor new, until the first of these waits has ended.
 */
const manyOpenDeliveries = 32

export const createSender = (
  options: ResolvedOptions,
  observer: Observer,
  listener: SenderListener,
): Sender => {
  const { outbox } = options
  const stopping = new AbortController()
  const { signal } = stopping
  // Ends waits, for a turn or for a retry, but no request: when the sender pauses, and when it stops.
  let waiting = new AbortController()
  const deliveries = new Map<Promise<void>, readonly HeldEvent[]>()
  const idleWaiters: (() => void)[] = []
  let isLooking = false
  let isWakeQueued = false
  let mayHaveMore = true
  let isTrying = false
  let renewal: ReturnType<typeof setInterval> | undefined

  const pause = createSenderPause({
    firstDelayMs: options.retry.delaysMs[0] ?? 1000,
    timeoutMs: options.timeoutMs,
    patienceMs: options.retry.retryAfterBudgetMs,
    isDurable: outbox.isDurable,
    onPause(fault, delayMs) {
      observer.onPaused(fault, delayMs)
      waiting.abort(new SenderPaused())
      waiting = new AbortController()
      const held = new Set([...deliveries.values()].flatMap((events) => events.map(({ id }) => id)))
      listener.onPaused((id) => held.has(id))
    },
    onTryDue: () => wake(),
    onResume(fault, pausedMs) {
      observer.onResumed(fault, pausedMs)
      wake()
    },
  })
  const gate = createRequestGate(options.maxConcurrentRequests, () => wake())
  const batchRoute = createBatchRoute(options.maxBatchEvents)
  const deliver = createDeliverEvents({
    options,
    exchange: createExchangeEvents({
      options,
      signal,
      onUnidentified: (error) => observer.onOutboxFailure('identify', error),
    }),
    gate,
    batchRoute,
    schedule: createRetrySchedule(options.retry),
    pause,
    isCrowded: () => deliveries.size > manyOpenDeliveries,
    signal,
    waitSignal: () => waiting.signal,
    report: observer.onAttempt,
    async settle(settlements, events, why) {
      if (settlements.length === 0) return
      try {
        await outbox.settle(settlements)
      } catch (error) {
        observer.onOutboxFailure('settle', error)
        // Their leases will expire and they will be sent again; the receiver recognises them by their ids.
        const detail = 'The outbox could not record the outcome'
        listener.onSettled(retriesOf(settlements, leaseMs, detail), 'outbox_failed')
        return
      }
      observer.onSettled(settlements, events)
      listener.onSettled(settlements, why)
    },
  })

  const wake = (): void => {
    mayHaveMore = true
    if (isWakeQueued || signal.aborted) return
    isWakeQueued = true
    // After all events that are emitted in one turn, so that they travel together.
    afterThisTurn(() => {
      isWakeQueued = false
      void look()
    })
  }

  const canClaim = (): boolean =>
    mayHaveMore &&
    !signal.aborted &&
    gate.isOpen() &&
    deliveries.size < maxOpenDeliveries &&
    (!pause.isPaused() || (pause.isTryDue() && !isTrying))

  const look = async (): Promise<void> => {
    if (isLooking) return
    isLooking = true
    try {
      while (canClaim()) {
        mayHaveMore = false
        const isTry = pause.isPaused()
        const maxEvents = isTry ? 1 : batchRoute.maxEvents()
        const events = await outbox.claim({ maxEvents, leaseMs })
        if (events.length === 0) continue
        mayHaveMore = true
        start(events, isTry)
      }
    } catch (error) {
      mayHaveMore = false
      observer.onOutboxFailure('claim', error)
    } finally {
      isLooking = false
      noteIdle()
    }
  }

  const start = (events: readonly OutboxEvent[], isTry: boolean): void => {
    isTrying ||= isTry
    const held = events.map((event): HeldEvent => ({ ...event, requests: event.attempts, pacedMs: 0 }))
    const delivery = deliver(held, { isTry }).finally(() => {
      deliveries.delete(delivery)
      if (isTry) isTrying = false
      if (deliveries.size === 0) stopRenewing()
      if (mayHaveMore) wake()
      else noteIdle()
    })
    deliveries.set(delivery, held)
    // Timers that only renew do not keep the process running; the requests and waits that they serve do.
    renewal ??= unrefTimer(setInterval(renew, renewalMs))
  }

  const renew = async (): Promise<void> => {
    try {
      const ids = [...deliveries.values()].flatMap((events) => events.map(({ id }) => id))
      await outbox.renew(ids, leaseMs)
    } catch (error) {
      observer.onOutboxFailure('renew', error)
    }
  }

  const stopRenewing = (): void => {
    clearInterval(renewal)
    renewal = undefined
  }

  const isIdle = (): boolean =>
    deliveries.size === 0 && !isLooking && !isWakeQueued && (signal.aborted || hasNothingToDo())

  // Nobody has to wait for events that a durable outbox keeps. Events in memory are sent by this process or never.
  const hasNothingToDo = (): boolean => {
    if (outbox.isDurable) return pause.isPaused() || !mayHaveMore
    return options.retry.longDelaysMs.length === 0 ? outbox.counts().pending === 0 : !mayHaveMore
  }

  const noteIdle = (): void => {
    if (isIdle()) for (const resolve of idleWaiters.splice(0)) resolve()
  }

  return {
    wake,
    idle: () => {
      wake()
      return new Promise((resolve) => {
        idleWaiters.push(resolve)
        noteIdle()
      })
    },
    async stop() {
      const closing = new Error('The emitter is closing.')
      stopping.abort(closing)
      waiting.abort(closing)
      pause.close()
      gate.close()
      stopRenewing()
      await Promise.all(deliveries.keys())
      noteIdle()
    },
    fault: pause.fault,
  }
}

/** Why a delivery that waited has been given back. */
class SenderPaused extends Error {
  constructor() {
    super('The sender is paused.')
  }
}
