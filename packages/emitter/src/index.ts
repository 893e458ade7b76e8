export {
  type FindNeverEmittedOptions,
  findNeverEmitted,
  type NaturalKey,
  type NeverEmitted,
} from './completeness/find-never-emitted.ts'
export {
  type MissingEvent,
  type MissingEventSource,
  type OnMissing,
  type ReconcileOptions,
  type ReconcileProgress,
  type ReconcileReport,
  reconcileOutbox,
} from './completeness/reconcile-outbox.ts'
export { createEmitter } from './create-emitter.ts'
export { createEmitterFromEnv } from './create-emitter-from-env.ts'
export type { SenderFaultReason } from './delivery/sender-fault.ts'
export type { SenderVerification } from './delivery/verify-sender.ts'
export type {
  DeliverOptions,
  DeliveryOutcome,
  DrainReport,
  EmitOptions,
  EmitReceipt,
  Emitter,
  EmitterHealth,
  EmitterStats,
  PendingReason,
} from './emitter.ts'
export {
  EmitterError,
  type EmitterErrorCode,
  isEmitterError,
  type OutboxFailureReason,
} from './emitter-error.ts'
export {
  type EmitterOptions,
  type EmitterRetryOptions,
  emitterDefaults,
  type TransportEmitterOptions,
} from './emitter-options.ts'
export type { OutboxCompleteness } from './outbox/durable/outbox-completeness.ts'
export { createMemoryOutbox, type MemoryOutboxOptions } from './outbox/memory/memory-outbox.ts'
export type {
  Acceptance,
  DeadReason,
  DropReason,
  NewOutboxEvent,
  Outbox,
  OutboxCounts,
  OutboxEvent,
  OutboxListener,
  Settlement,
} from './outbox/outbox.ts'
export type { AttemptReport, EmitterLogger, LostEvent } from './reports/emitter-reports.ts'
export { createFailureLog, type FailureLog } from './reports/failure-log.ts'
export { isTraceparent, startEmitSpan } from './reports/trace-events.ts'
export { resolveEmitterOptions } from './resolve-emitter-options.ts'
export type { EventTransport, TransportAttempt } from './transport/event-transport.ts'
