import { setMaxListeners } from 'node:events'
import type { ResolvedEmitterOptions } from '../emitter-options.ts'
import type { OutboxEvent, Settlement } from '../outbox/outbox.ts'
import type { Observer } from '../reports/observer.ts'
import { createPostWebhook } from '../transport/post-webhook.ts'
import { createBatchRoute } from './batch-route.ts'
import { createDeliverEvents, type HeldEvent } from './deliver-events.ts'
import { createRequestGate } from './request-gate.ts'
import { createRetrySchedule } from './retry-schedule.ts'

/** Moves events from the outbox to the receiver for as long as there are any. */
export interface Sender {
  /** Looks into the outbox soon. Cheap: many calls are one look. */
  wake(): void
  /** Resolves once nothing is claimable and nothing is held: all is settled or waits for a long retry. */
  idle(): Promise<void>
  /** Ends requests and waits, and resolves when what was held is back in the outbox. */
  stop(): Promise<void>
}

/** "A lease that a crash gives back within a minute", renewed three times in its length. */
const leaseMs = 45_000
const renewalMs = 15_000

/**
 * How many deliveries may be open at once, those that wait for a retry included. Enough that a few bad events do not
 * hold up the good ones behind them; few enough that a dead receiver does not empty the outbox into memory.
 */
const maxOpenDeliveries = 64

export const createSender = (
  options: ResolvedEmitterOptions,
  observer: Observer,
  onSettled: (settlements: readonly Settlement[]) => void,
): Sender => {
  const { outbox } = options
  const stopping = new AbortController()
  const { signal } = stopping
  setMaxListeners(0, signal)
  const deliveries = new Map<Promise<void>, readonly HeldEvent[]>()
  const idleWaiters: (() => void)[] = []
  let isLooking = false
  let isWakeQueued = false
  let mayHaveMore = true
  let renewal: NodeJS.Timeout | undefined

  const gate = createRequestGate(options.maxConcurrentRequests, () => wake())
  const batchRoute = createBatchRoute(options.maxBatchEvents)
  const deliver = createDeliverEvents({
    options,
    post: createPostWebhook(options),
    gate,
    batchRoute,
    schedule: createRetrySchedule(options.retry),
    signal,
    report: observer.onAttempt,
    async settle(settlements, events) {
      if (settlements.length === 0) return
      try {
        await outbox.settle(settlements)
      } catch (error) {
        // Its lease will expire and it will be sent again; the receiver knows it by its id.
        observer.onOutboxFailure('settle', error)
        return
      }
      observer.onSettled(settlements, events)
      onSettled(settlements)
    },
  })

  const wake = (): void => {
    mayHaveMore = true
    if (isWakeQueued || signal.aborted) return
    isWakeQueued = true
    // After everything that is emitted in one go, so that it travels together.
    setImmediate(() => {
      isWakeQueued = false
      void look()
    })
  }

  const canClaim = (): boolean =>
    mayHaveMore && !signal.aborted && gate.isOpen() && deliveries.size < maxOpenDeliveries

  const look = async (): Promise<void> => {
    if (isLooking) return
    isLooking = true
    try {
      while (canClaim()) {
        mayHaveMore = false
        const maxEvents = batchRoute.maxEvents()
        const events = await outbox.claim({ maxEvents, leaseMs })
        if (events.length === 0) continue
        mayHaveMore = true
        start(events)
      }
    } catch (error) {
      mayHaveMore = false
      observer.onOutboxFailure('claim', error)
    } finally {
      isLooking = false
      noteIdle()
    }
  }

  const start = (events: readonly OutboxEvent[]): void => {
    const held = events.map((event): HeldEvent => ({ ...event, requests: event.attempts, pacedMs: 0 }))
    const delivery = deliver(held).finally(() => {
      deliveries.delete(delivery)
      if (deliveries.size === 0) stopRenewing()
      if (mayHaveMore) wake()
      else noteIdle()
    })
    deliveries.set(delivery, held)
    // Timers that only renew do not hold the process; the requests and waits that they serve do.
    renewal ??= setInterval(renew, renewalMs).unref()
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
    deliveries.size === 0 && !isLooking && !isWakeQueued && (!mayHaveMore || signal.aborted)

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
      stopping.abort(new Error('The emitter is closing.'))
      gate.close()
      stopRenewing()
      await Promise.all(deliveries.keys())
      noteIdle()
    },
  }
}
