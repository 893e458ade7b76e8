import type { AnyContract, DescriptionServiceContract } from '@altcontext/webhook-contract'
import { createIntake } from './create-intake.ts'
import { createSender } from './delivery/sender.ts'
import { verifySender } from './delivery/verify-sender.ts'
import type { DeliveryOutcome, DrainReport, Emitter, EmitterStats } from './emitter.ts'
import { EmitterError } from './emitter-error.ts'
import type { EmitterOptions, TransportEmitterOptions } from './emitter-options.ts'
import { newId } from './new-id.ts'
import { createOutcomeWaiters } from './outcome-waiters.ts'
import { createObserver } from './reports/observer.ts'
import {
  knowsReceiver,
  type ResolvedOptions,
  resolveEmitterOptions,
  resolveTransportOptions,
} from './resolve-emitter-options.ts'
import { unsupportedTransaction } from './unsupported-transaction.ts'

/**
 * Starts an emitter. It keeps the process running while events are being delivered, and not when there is nothing to do.
 *
 * @throws {EmitterError} `invalid_options`, naming every problem
 *
 * @example
 * const emitter = createEmitter({ url, adminKey })
 * await emitter.emit('scan.completed', { tenantId, jobId, mediaCount, identitiesDetected, durationMs })
 * await emitter.close()
 */
export const createEmitter = <C extends AnyContract = DescriptionServiceContract>(
  options: EmitterOptions<C> | TransportEmitterOptions<C>,
): Emitter<C> =>
  startEmitter<C>(
    options.transport !== undefined
      ? resolveTransportOptions(options as TransportEmitterOptions<AnyContract>)
      : resolveEmitterOptions(options as EmitterOptions<AnyContract>),
  )

/** {@link createEmitter} with options that are already resolved. */
export const startEmitter = <C extends AnyContract>(options: ResolvedOptions): Emitter<C> => {
  const { outbox } = options
  const observer = createObserver(options)
  const waiters = createOutcomeWaiters()
  let closing: Promise<DrainReport> | undefined
  const intake = createIntake(options, { observer, waiters, isClosed: () => closing !== undefined })

  const sender = createSender(options, observer, {
    onSettled: waiters.onSettled,
    onPaused(isHeld) {
      for (const id of waiters.ids()) if (!isHeld(id)) resolvePaused(id)
    },
  })
  outbox.attach({
    onReady: sender.wake,
    onClockJump: observer.onClockJump,
    onTidyFailure: (error) => observer.onOutboxFailure('tidy', error),
    onDropped(event, reason) {
      observer.onDropped(event, reason)
      waiters.resolve({ eventId: event.id, status: 'dropped', reason })
    },
  })
  sender.wake()
  const prover =
    outbox.completeness && knowsReceiver(options)
      ? outbox.createCompletenessProver?.(outbox.completeness, options, () => outbox.counts(), observer)
      : undefined
  prover?.start()

  const resolvePaused = (eventId: string): void => {
    const fault = sender.fault()
    if (fault === undefined) return
    waiters.resolve({ eventId, status: 'pending', reason: 'paused', detail: fault.detail })
  }

  const stats = (): EmitterStats => {
    const { rejected, failedAccepts } = intake.counts()
    const counts = { ...outbox.counts(), rejected }
    if (failedAccepts === 0) return counts
    const { accepted, dropped } = counts
    return {
      ...counts,
      accepted: accepted + failedAccepts,
      dropped: { ...dropped, outbox_failed: (dropped.outbox_failed ?? 0) + failedAccepts },
    }
  }

  const drain = async (timeoutMs: number): Promise<void> => {
    let timer: NodeJS.Timeout | undefined
    const deadline = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs)
    })
    const drained = intake.idle().then(() => sender.idle())
    await Promise.race([drained, deadline])
    clearTimeout(timer)
  }

  const close = async (timeoutMs: number): Promise<DrainReport> => {
    await drain(timeoutMs)
    await Promise.all([sender.stop(), prover?.stop()])
    await options.transport?.close()
    const droppedBefore = stats().dropped.closed ?? 0
    await outbox.close()
    observer.close()
    for (const eventId of waiters.ids()) {
      waiters.resolve({ eventId, status: 'pending', reason: 'closed', detail: 'The emitter was closed' })
    }
    const { pending, dropped } = stats()
    const droppedNow = (dropped.closed ?? 0) - droppedBefore
    return { isComplete: pending === 0 && droppedNow === 0, pending, dropped: droppedNow }
  }

  const emitter: Emitter<C> = {
    emit(eventType, payload, emitOptions = {}) {
      try {
        return intake.accept(eventType, payload, emitOptions)
      } catch (error) {
        return rejectHandled(error)
      }
    },

    deliver(eventType, payload, emitOptions = {}) {
      try {
        if ('tx' in emitOptions) {
          intake.noteRejected()
          throw unsupportedTransaction(
            'nothing is delivered before its commit; call emit, which does not wait',
          )
        }
        // The id is made here, so that the waiter is there before the first attempt.
        const eventId = (emitOptions.eventId ?? newId()).toLowerCase()
        const outcome = new Promise<DeliveryOutcome>((resolve) => {
          const receipt = intake.accept(eventType, payload, { ...emitOptions, eventId })
          waiters.add(eventId, resolve)
          void receipt.then((accepted) => {
            if (accepted.status === 'dropped') waiters.resolve(accepted)
            else resolvePaused(eventId)
          })
        })
        outcome.catch(() => {})
        return outcome
      } catch (error) {
        return rejectHandled(error)
      }
    },

    stats,

    health() {
      const fault = sender.fault()
      if (fault === undefined) return { status: 'ok' }
      const { reason, detail, sinceMs, nextTryAtMs, clockSkewMs } = fault
      const nowMs = performance.now()
      return {
        status: 'paused',
        reason,
        detail,
        pausedMs: Math.round(nowMs - sinceMs),
        nextTryInMs: Math.max(0, Math.round(nextTryAtMs - nowMs)),
        clockSkewMs,
      }
    },

    verify: async () =>
      knowsReceiver(options)
        ? verifySender(options)
        : { status: 'unavailable', error: 'no_receiver_address' },

    reconcile: (asked) =>
      prover?.reconcile(asked) ??
      Promise.reject(
        new EmitterError(
          'not_comparable',
          knowsReceiver(options)
            ? 'Failed to compare events with the receiver: this outbox is memory, which forgets what it has delivered. Give the emitter a durable one.'
            : 'Failed to compare events with the receiver: its address is not known. Give the emitter url and adminKey beside its transport.',
        ),
      ),

    async flush({ timeoutMs = defaultFlushMs } = {}) {
      await drain(timeoutMs)
      const { pending } = stats()
      return { isComplete: pending === 0, pending, dropped: 0 }
    },

    close({ timeoutMs = defaultCloseMs } = {}) {
      closing ??= close(timeoutMs)
      return closing
    },

    async [Symbol.asyncDispose]() {
      await emitter.close()
    },
  }
  return emitter
}

const defaultFlushMs = 60_000
const defaultCloseMs = 10_000

/** A caller that awaits sees the error; it does not end a process that does not await. */
const rejectHandled = (error: unknown): Promise<never> => {
  const rejection = Promise.reject(error)
  rejection.catch(() => {})
  return rejection
}
