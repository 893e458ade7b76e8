import type { ResolvedEmitterOptions } from '../emitter-options.ts'

/**
 * What has been learnt about the receiver's batch route: that it is not there (404, 405), or that it takes less
 * than we send (413). Forgotten after a while, because receivers are deployed again.
 */
export interface BatchRoute {
  /** How many events to send together; 1 while the route is thought to be missing. */
  maxEvents(): number
  noteMissing(): void
  noteTooLarge(events: number): void
}

const rememberMs = 300_000

export const createBatchRoute = (maxEvents: ResolvedEmitterOptions['maxBatchEvents']): BatchRoute => {
  let learntMax = maxEvents
  let forgetAtMs = 0
  const learn = (max: number): void => {
    learntMax = Math.max(1, max)
    forgetAtMs = performance.now() + rememberMs
  }
  return {
    maxEvents() {
      if (learntMax < maxEvents && performance.now() >= forgetAtMs) learntMax = maxEvents
      return learntMax
    },
    noteMissing: () => learn(1),
    noteTooLarge: (events) => learn(Math.min(learntMax, Math.ceil(events / 2))),
  }
}
