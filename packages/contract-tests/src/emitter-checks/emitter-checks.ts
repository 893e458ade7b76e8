import { emitterBatchChecks } from './batch-checks.ts'
import { emitterCompletenessChecks } from './completeness-checks.ts'
import type { EmitterCheck } from './emitter-session.ts'
import { requestChecks } from './request-checks.ts'
import { retryChecks } from './retry-checks.ts'
import { senderFaultChecks } from './sender-fault-checks.ts'

/** Every promise of an emitter. Each has a receiver and an emitter of its own, so they can run at the same time. */
export const emitterChecks: readonly EmitterCheck[] = [
  ...requestChecks,
  ...retryChecks,
  ...senderFaultChecks,
  ...emitterBatchChecks,
  ...emitterCompletenessChecks,
]
