export { createEmitter } from './create-emitter.ts'
export { createEmitterFromEnv } from './create-emitter-from-env.ts'
export type {
  DeliveryOutcome,
  DrainReport,
  EmitOptions,
  EmitPayload,
  EmitReceipt,
  Emitter,
} from './emitter.ts'
export { EmitterError, type EmitterErrorCode, isEmitterError } from './emitter-error.ts'
export {
  type EmitterOptions,
  type EmitterRetryOptions,
  emitterDefaults,
  resolveEmitterOptions,
} from './emitter-options.ts'
export type { AttemptReport, EmitterLogger, LostEvent } from './emitter-reports.ts'
export { createMemoryOutbox, type MemoryOutboxOptions } from './outbox/memory-outbox.ts'
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
export { isTraceparent, startEmitSpan } from './trace-events.ts'
