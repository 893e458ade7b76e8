import { type AnyContract, contractLimits } from '@altcontext/webhook-contract'
import { contractOption, resolveOptions, wholeNumber } from '@altcontext/webhook-contract/options'
import * as z from 'zod/mini'
import { EmitterError } from '../../emitter-error.ts'

/** What the SQLite and PostgreSQL outboxes have in common. */
export interface DurableOutboxOptions {
  /** Says which fields are private, so that they can be erased from dead events. @default descriptionServiceContract */
  contract?: AnyContract | undefined
  /** The maximum number of events that wait at once, including those being sent. @default 1_000_000 */
  maxEvents?: number | undefined
  /**
   * How long after it was accepted an event may be sent. An older one is dropped with the reason `expired`, counted
   * and passed to `onDead`. More than the default is refused: by then the receiver may have forgotten that it has the event.
   * @default 60 days, `contractLimits.retryHorizonMs`
   */
  maxAgeMs?: number | undefined
  /** How long delivered, duplicate and dropped events stay in the delivery log. @default 7 days */
  logRetentionMs?: number | undefined
  /** How long dead events stay, to be inspected, and replayed while they are younger than `maxAgeMs`. @default 90 days */
  deadRetentionMs?: number | undefined
  /** After how long the private fields of a dead event are erased. It can still be replayed without them. @default 7 days */
  deadPrivateFieldsMs?: number | undefined
}

const dayMs = 86_400_000

export const durableOutboxDefaults = Object.freeze({
  maxEvents: 1_000_000,
  maxAgeMs: contractLimits.retryHorizonMs,
  logRetentionMs: 7 * dayMs,
  deadRetentionMs: 90 * dayMs,
  deadPrivateFieldsMs: 7 * dayMs,
})

/** The options that both have, for their schemas. */
export const durableOutboxShape = {
  contract: contractOption(),
  maxEvents: z._default(wholeNumber(1), durableOutboxDefaults.maxEvents),
  maxAgeMs: z._default(wholeNumber(1000, contractLimits.retryHorizonMs), durableOutboxDefaults.maxAgeMs),
  logRetentionMs: z._default(wholeNumber(0), durableOutboxDefaults.logRetentionMs),
  deadRetentionMs: z._default(wholeNumber(0), durableOutboxDefaults.deadRetentionMs),
  deadPrivateFieldsMs: z._default(wholeNumber(0), durableOutboxDefaults.deadPrivateFieldsMs),
  // It reads a single counter, so an idle process stays idle.
  pollIntervalMs: z._default(wholeNumber(10, 60_000), 1000),
} satisfies Record<keyof DurableOutboxOptions | 'pollIntervalMs', z.core.$ZodType>

/** Looking for expired events reads everything that waits, so it is done less often than the rest of the tidying. */
export const expiryIntervalMs = (maxAgeMs: number): number => Math.min(maxAgeMs / 60, dayMs / 24)

export type ResolvedDurableOutboxOptions = z.output<z.ZodMiniObject<typeof durableOutboxShape>>

/** @throws {EmitterError} `invalid_options` */
export const resolveOutboxOptions = <Schema extends z.core.$ZodType>(
  schema: Schema,
  input: unknown,
  what: string,
): z.output<Schema> =>
  resolveOptions(schema, input, {
    toError: (problems, issues) =>
      new EmitterError('invalid_options', `Failed to ${what}: ${problems}. Correct the options.`, issues),
  })
