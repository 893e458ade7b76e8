import {
  type AnyContract,
  completenessLimits,
  contractLimits,
  type DescriptionServiceContract,
} from '@altcontext/webhook-contract'
import type { OnMissing, ReconcileReport } from './completeness/reconcile-outbox.ts'
import type { Outbox } from './outbox/outbox.ts'
import type { AttemptReport, EmitterLogger, LostEvent } from './reports/emitter-reports.ts'
import type { EventTransport } from './transport/event-transport.ts'

export interface EmitterOptions<C extends AnyContract = DescriptionServiceContract> {
  /**
   * The receiver's route, for example `https://marketing.example/v1/webhooks/description-service`. Batches go
   * to `<url>/batch`. `https:`, or `http:` to loopback (`localhost`, `127.0.0.0/8`, `[::1]`); no credentials in it.
   */
  url: string | URL
  /** HTTP carries the events; for other transports there is {@link TransportEmitterOptions}. */
  transport?: undefined
  /** Sent as `x-admin-key` (roadmap §6). At least 24 characters, as the receiver requires of `ADMIN_API_KEY`. */
  adminKey: string
  /** The events that may be emitted. @default descriptionServiceContract */
  contract?: C | undefined
  /** Standard Webhooks secrets (`whsec_...`). Each signs every request; two of them during a rotation. @default none: unsigned */
  signingSecret?: string | readonly string[] | undefined
  /** Where events wait. The emitter closes it. @default createMemoryOutbox() */
  outbox?: Outbox | undefined
  /** `maxEvents`: how many events travel together, 1 (no batches) to 500. @default { maxEvents: 500 } */
  batch?: { maxEvents?: number | undefined } | undefined
  retry?: EmitterRetryOptions | undefined
  /** How long one attempt may take, to the last byte of the response. 1 to 300_000. @default 10_000 */
  timeoutMs?: number | undefined
  /** How many requests may be under way at once, 1 to 64. @default 4 */
  maxConcurrentRequests?: number | undefined
  /**
   * A pino logger, or anything with the same four methods. Failures are lines at `warn` or `error`, once per cause and
   * minute with a `count`. In addition every attempt is a line: at `info` if the event was taken, at `debug` if the attempt
   * failed. @default failures go to stderr
   */
  logger?: EmitterLogger | undefined
  /** Called for every event in every attempt, after the outbox has recorded it. What it throws is logged. */
  onAttempt?: ((report: AttemptReport) => void) | undefined
  /**
   * Called for every event that will not be delivered, dead or dropped. The last chance to keep it; its `body` holds the
   * private fields, so be careful where it goes. What it throws is logged.
   */
  onDead?: ((event: LostEvent) => void) | undefined
  /**
   * With a durable outbox: how often the receiver is told up to when everything is delivered, and how often it is asked whether
   * it has all of it (docs/completeness.md). `false` for an emitter beside another one on the same outbox.
   * @default { heartbeatIntervalMs: 60_000, reconcileIntervalMs: 3_600_000 }
   */
  completeness?:
    | { heartbeatIntervalMs?: number | undefined; reconcileIntervalMs?: number | undefined }
    | false
    | undefined
  /**
   * Supplies events that the receiver lost and whose bodies the outbox no longer has, so that they can be sent again. What it throws
   * ends the reconciliation.
   */
  onMissing?: OnMissing | undefined
  /** Called after every reconciliation; `lost` names the events that the receiver had lost. What it throws is logged. */
  onReconciled?: ((report: ReconcileReport) => void) | undefined
  /** Stands in for the receiver in tests; called with a `Request`. @default Node's own HTTP client */
  fetch?: typeof globalThis.fetch | undefined
  /** The wall clock, in milliseconds since 1970. Waits do not depend on it. @default Date.now */
  now?: (() => number) | undefined
}

/**
 * Options of an emitter whose events do not travel by HTTP. Outbox, retries and ledger are the same as with HTTP. Its connections
 * keep the process running until `close()`.
 */
export interface TransportEmitterOptions<C extends AnyContract = DescriptionServiceContract>
  extends Omit<EmitterOptions<C>, 'url' | 'adminKey' | 'transport'> {
  /** What carries the events. `timeoutMs` is how long it waits for the receiver's result. The emitter closes it. */
  transport: EventTransport
  /**
   * The receiver's route for what still goes over HTTP: `verify`, heartbeats and comparisons (docs/completeness.md).
   * @default none of these
   */
  url?: string | URL | undefined
  /** Required with `url`. */
  adminKey?: string | undefined
}

export interface EmitterRetryOptions {
  /** The waits before the first retries, while the emitter holds the event. @default [1_000, 5_000, 30_000] (roadmap §9) */
  delaysMs?: readonly number[] | undefined
  /**
   * The waits after that, in the outbox, each give or take 20 %. After the last the event is dead.
   * @default 2, 5, 15 and 30 minutes, 1, 2, 4, 8 and 24 hours with a durable outbox; none with another
   */
  longDelaysMs?: readonly number[] | undefined
  /** The longest `Retry-After` that is obeyed. @default 300_000 (5 minutes) */
  maxRetryAfterMs?: number | undefined
  /**
   * How long one event may wait in total because the receiver asked for it (`Retry-After`, 429) without that counting as
   * attempts. @default 3_600_000 (1 hour)
   */
  retryAfterBudgetMs?: number | undefined
}

const minute = 60_000
const hour = 60 * minute

export const emitterDefaults = Object.freeze({
  maxBatchEvents: contractLimits.maxBatchEvents,
  delaysMs: Object.freeze([1000, 5000, 30_000]),
  durableLongDelaysMs: Object.freeze([
    2 * minute,
    5 * minute,
    15 * minute,
    30 * minute,
    hour,
    2 * hour,
    4 * hour,
    8 * hour,
    24 * hour,
  ]),
  maxRetryAfterMs: 5 * minute,
  retryAfterBudgetMs: hour,
  timeoutMs: 10_000,
  maxConcurrentRequests: 4,
  completeness: Object.freeze({
    heartbeatIntervalMs: completenessLimits.heartbeatIntervalMs,
    reconcileIntervalMs: completenessLimits.reconcileIntervalMs,
  }),
})
