import { type AnyContract, contractLimits, descriptionServiceContract } from '@altcontext/webhook-contract'
import { EmitterError } from '../../emitter-error.ts'

/** What the SQLite and the PostgreSQL outbox have in common. */
export interface DurableOutboxOptions {
  /** Says which fields are private, so that they can be erased from dead events. @default descriptionServiceContract */
  contract?: AnyContract | undefined
  /** The most events that wait at once, those being sent included. @default 1_000_000 */
  maxEvents?: number | undefined
  /**
   * How long after it was accepted an event may be sent. An older one is dropped with the reason `expired`, counted and
   * told to `onDead`. More than the default is refused: the receiver may have forgotten by then that it has the event.
   * @default 60 days, `contractLimits.retryHorizonMs`
   */
  maxAgeMs?: number | undefined
  /** How long delivered, duplicate and dropped events stay in the delivery log. @default 7 days */
  logRetentionMs?: number | undefined
  /** How long dead events stay, to be looked at, and replayed while they are younger than `maxAgeMs`. @default 90 days */
  deadRetentionMs?: number | undefined
  /** After how long the private fields of a dead event are erased. It can still be replayed without them. @default 7 days */
  deadPrivateFieldsMs?: number | undefined
}

export interface ResolvedDurableOutboxOptions {
  contract: AnyContract
  maxEvents: number
  maxAgeMs: number
  logRetentionMs: number
  deadRetentionMs: number
  deadPrivateFieldsMs: number
}

const dayMs = 86_400_000

export const durableOutboxDefaults = Object.freeze({
  maxEvents: 1_000_000,
  maxAgeMs: contractLimits.retryHorizonMs,
  logRetentionMs: 7 * dayMs,
  deadRetentionMs: 90 * dayMs,
  deadPrivateFieldsMs: 7 * dayMs,
})

/** Adds what is wrong to `problems`; the caller throws them together with its own. */
export const resolveDurableOutboxOptions = (
  options: DurableOutboxOptions,
  problems: string[],
): ResolvedDurableOutboxOptions => {
  const whole = (name: string, value: number, min: number, max = Number.MAX_SAFE_INTEGER): number => {
    if (!Number.isSafeInteger(value) || value < min) {
      problems.push(`${name} is ${value}, expected a whole number of at least ${min}`)
    } else if (value > max) {
      problems.push(`${name} is ${value}, expected at most ${max}`)
    }
    return value
  }
  return {
    contract: options.contract ?? descriptionServiceContract,
    maxEvents: whole('maxEvents', options.maxEvents ?? durableOutboxDefaults.maxEvents, 1),
    maxAgeMs: whole(
      'maxAgeMs',
      options.maxAgeMs ?? durableOutboxDefaults.maxAgeMs,
      1000,
      contractLimits.retryHorizonMs,
    ),
    logRetentionMs: whole(
      'logRetentionMs',
      options.logRetentionMs ?? durableOutboxDefaults.logRetentionMs,
      0,
    ),
    deadRetentionMs: whole(
      'deadRetentionMs',
      options.deadRetentionMs ?? durableOutboxDefaults.deadRetentionMs,
      0,
    ),
    deadPrivateFieldsMs: whole(
      'deadPrivateFieldsMs',
      options.deadPrivateFieldsMs ?? durableOutboxDefaults.deadPrivateFieldsMs,
      0,
    ),
  }
}

/** Looking for expired events reads everything that waits, so it is done less often than the rest of the tidying. */
export const expiryIntervalMs = (maxAgeMs: number): number => Math.min(maxAgeMs / 60, dayMs / 24)

/** Reading one counter, so an idle process stays idle. */
export const resolvePollInterval = (
  pollIntervalMs: number | undefined = 1000,
  problems: string[],
): number => {
  if (!Number.isSafeInteger(pollIntervalMs) || pollIntervalMs < 10 || pollIntervalMs > 60_000) {
    problems.push(`pollIntervalMs is ${pollIntervalMs}, expected a whole number from 10 to 60000`)
  }
  return pollIntervalMs
}

export const invalidOutboxOptions = (kind: string, problems: readonly string[]): EmitterError =>
  new EmitterError(
    'invalid_options',
    `Failed to open the ${kind} outbox: ${problems.join('; ')}. Correct the options.`,
  )
