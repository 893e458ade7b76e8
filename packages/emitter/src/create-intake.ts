import type { EmitOptions, EmitReceipt } from './emitter.ts'
import { EmitterError } from './emitter-error.ts'
import type { NewOutboxEvent } from './outbox/outbox.ts'
import type { createOutcomeWaiters } from './outcome-waiters.ts'
import { knownType, prepareEvent } from './prepare-event.ts'
import type { Observer } from './reports/observer.ts'
import { startEmitSpan } from './reports/trace-events.ts'
import type { ResolvedOptions } from './resolve-emitter-options.ts'
import { noTransactions, unsupportedTransaction } from './unsupported-transaction.ts'

interface IntakeDependencies {
  observer: Observer
  waiters: Pick<ReturnType<typeof createOutcomeWaiters>, 'resolve'>
  isClosed(): boolean
}

/** What happens to an event until its outbox has it: it is checked, gets its id and its trace, and is handed over. */
export const createIntake = (
  options: ResolvedOptions,
  { observer, waiters, isClosed }: IntakeDependencies,
) => {
  const { outbox } = options
  const accepting = new Set<Promise<unknown>>()
  let failedAccepts = 0
  let rejected = 0

  const accept = (eventType: string, payload: unknown, emitOptions: EmitOptions): Promise<EmitReceipt> => {
    const { event, end } = startEmitSpan(prepare(eventType, payload, emitOptions))
    const { id: eventId } = event
    if (emitOptions.tx !== undefined) return acceptInTransaction(event, emitOptions.tx, end)
    const toReceipt = (acceptance: Awaited<ReturnType<typeof outbox.accept>>): EmitReceipt => {
      end(acceptance.status)
      if (acceptance.status === 'accepted') {
        // No settlement will come for it. Its waiter exists at the end of this turn at the latest.
        if (acceptance.isDelivered) {
          queueMicrotask(() => waiters.resolve({ eventId, status: 'duplicate' }))
        }
        return { eventId, status: 'accepted' }
      }
      observer.onDropped(event, acceptance.reason)
      return { eventId, status: 'dropped', reason: acceptance.reason }
    }
    const onFailure = (error: unknown): EmitReceipt => {
      end('outbox_failed')
      failedAccepts += 1
      observer.onOutboxFailure('accept', error)
      observer.onDropped(event, 'outbox_failed')
      return { eventId, status: 'dropped', reason: 'outbox_failed' }
    }
    try {
      const acceptance = outbox.accept(event)
      if (!('then' in acceptance)) return Promise.resolve(toReceipt(acceptance))
      const receipt = acceptance.then(toReceipt, onFailure).finally(() => accepting.delete(receipt))
      accepting.add(receipt)
      return receipt
    } catch (error) {
      return Promise.resolve(onFailure(error))
    }
  }

  const acceptInTransaction = (
    event: NewOutboxEvent,
    transaction: unknown,
    end: (outcome: string) => void,
  ): Promise<EmitReceipt> => {
    const accepted = (
      outbox.acceptInTransaction?.(transaction, event) ??
      Promise.reject(unsupportedTransaction(noTransactions))
    ).then(
      (): EmitReceipt => {
        end('accepted')
        return { eventId: event.id, status: 'accepted' }
      },
      (error) => {
        end('rejected')
        rejected += 1
        throw error
      },
    )
    const settled = accepted.catch(() => {}).finally(() => accepting.delete(settled))
    accepting.add(settled)
    return accepted
  }

  const prepare = (eventType: string, payload: unknown, emitOptions: EmitOptions): NewOutboxEvent => {
    if (isClosed()) {
      rejected += 1
      throw new EmitterError(
        'closed',
        `Failed to emit ${knownType(options.contract, eventType)}: the emitter is closed. Emit before close().`,
      )
    }
    const unknownOption = Object.keys(emitOptions).find((name) => !emitOptionNames.has(name))
    if (unknownOption !== undefined) {
      rejected += 1
      // An option that is ignored would store an event despite a ROLLBACK.
      throw new EmitterError(
        'invalid_options',
        `Failed to emit ${knownType(options.contract, eventType)}: "${unknownOption}" is not an option here, expected ${[...emitOptionNames].join(', ')}. Correct the caller.`,
      )
    }
    const prepared = prepareEvent(options, eventType, payload, emitOptions)
    if (!('issues' in prepared)) return prepared
    rejected += 1
    observer.onRefused(knownType(options.contract, eventType), prepared.issues)
    const fields = prepared.issues.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`))
    throw new EmitterError(
      'invalid_event',
      `Failed to emit ${knownType(options.contract, eventType)}: ${fields.join('; ')}. Correct the caller.`,
      prepared.issues,
    )
  }

  return {
    accept,
    /** Resolves when the outbox has everything that was handed over so far, or has refused it. */
    idle: () => Promise.all(accepting),
    counts: () => ({ rejected, failedAccepts }),
    noteRejected(): void {
      rejected += 1
    },
  }
}

const emitOptionNames: ReadonlySet<string> = new Set(['occurredAt', 'eventId', 'tx'])
