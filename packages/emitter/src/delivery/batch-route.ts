import type { ResolvedEmitterOptions } from '../resolve-emitter-options.ts'

/**
 * What is known about the receiver's batch route: that it does not exist (404, 405), or that it takes less than we
 * send (413). Forgotten after a while, because a new version of the receiver may be deployed.
 */
export interface BatchRoute {
  /** How many events to send together; 1 while the route is thought to be missing. */
  maxEvents(): number
  noteMissing(): void
  /** The route exists: whatever said otherwise was not the receiver, or has been replaced. */
  notePresent(): void
  noteTooLarge(events: number): void
}

/**
 * While a receiver is deployed, something else may respond with 404 in its place, and sending one by one is slow. So a missing
 * route is tried again after one time-out, and then after twice as long each time, until it responds.
 */
const firstMissingMs = 10_000
const rememberMs = 300_000

export const createBatchRoute = (maxEvents: ResolvedEmitterOptions['maxBatchEvents']): BatchRoute => {
  let learntMax = maxEvents
  let forgetAtMs = Number.NEGATIVE_INFINITY
  let missingMs = firstMissingMs
  const learn = (max: number, forMs: number): void => {
    learntMax = Math.max(1, max)
    forgetAtMs = performance.now() + forMs
  }
  return {
    maxEvents() {
      if (learntMax < maxEvents && performance.now() >= forgetAtMs) learntMax = maxEvents
      return learntMax
    },
    noteMissing() {
      // Another request was under way when this was learned.
      if (learntMax === 1 && performance.now() < forgetAtMs) return
      learn(1, missingMs)
      missingMs = Math.min(missingMs * 2, rememberMs)
    },
    notePresent() {
      missingMs = firstMissingMs
    },
    noteTooLarge: (events) => learn(Math.min(learntMax, Math.ceil(events / 2)), rememberMs),
  }
}
