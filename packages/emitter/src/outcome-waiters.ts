import type { DeliveryOutcome, PendingReason } from './emitter.ts'
import type { Settlement } from './outbox/outbox.ts'

/** The callers that wait for the outcome of an event, by its id: see `Emitter.deliver`. */
export const createOutcomeWaiters = () => {
  const waiters = new Map<string, ((outcome: DeliveryOutcome) => void)[]>()
  const resolve = (outcome: DeliveryOutcome): void => {
    for (const wait of waiters.get(outcome.eventId) ?? []) wait(outcome)
    waiters.delete(outcome.eventId)
  }
  return {
    add(eventId: string, resolve: (outcome: DeliveryOutcome) => void): void {
      waiters.set(eventId, [...(waiters.get(eventId) ?? []), resolve])
    },
    resolve,
    ids: (): string[] => [...waiters.keys()],
    onSettled(settlements: readonly Settlement[], why: PendingReason): void {
      if (waiters.size === 0) return
      for (const settlement of settlements) {
        // close() decides about what it gives back: memory drops it.
        if (settlement.status === 'retry' && why === 'closed') continue
        if (waiters.has(settlement.id)) resolve(toOutcome(settlement, why))
      }
    },
  }
}

const toOutcome = (settlement: Settlement, reason: PendingReason): DeliveryOutcome => {
  const { id: eventId, status } = settlement
  if (status === 'retry') return { eventId, status: 'pending', reason, detail: settlement.detail }
  if (status !== 'dead') return { eventId, status }
  return { eventId, status, reason: settlement.reason, detail: settlement.detail }
}
