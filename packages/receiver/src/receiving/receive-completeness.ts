import {
  completenessLimits,
  heartbeatRequestSchema,
  producerSchema,
  reconcileRequestSchema,
  toEventIssues,
} from '@altcontext/webhook-contract'
import {
  compareRanges,
  type Database,
  inLeadScope,
  type LeadScope,
  recordHeartbeat,
  recordProof,
} from '@altcontext/webhook-store'
import * as z from 'zod'
import { refuse, succeed, type WebhookResponse } from './webhook-response.ts'

/** Responds to requests about events that were sent before: see docs/completeness.md. */
export interface CompletenessIntake {
  /** Ends with an error when `left` aborts: nobody is waiting any more. */
  reconcile(value: unknown, leadScope: LeadScope | undefined, left?: AbortSignal): Promise<WebhookResponse>
  heartbeat(value: unknown, leadScope: LeadScope | undefined): Promise<WebhookResponse>
}

export interface CompletenessIntakeOptions {
  database: Database
  schema: string | undefined
  timeoutMs: number
  now: () => number
}

/** Comparing reads many rows: beyond this many requests at a time, the producer is told to try again later. */
const maxComparisons = 2
const retryAfterBusyMs = 2000

export const createCompletenessIntake = ({
  database,
  schema,
  timeoutMs,
  now,
}: CompletenessIntakeOptions): CompletenessIntake => {
  let comparisons = 0
  const databaseOf = (leadScope: LeadScope | undefined): Database =>
    leadScope === undefined ? database : inLeadScope(database, leadScope)

  return {
    async reconcile(value, leadScope, left) {
      const request = reconcileRequestSchema.safeParse(value)
      if (!request.success) return refuse('invalid_request', { issues: toEventIssues(request.error.issues) })
      if (comparisons >= maxComparisons) return refuse('overloaded', { retryAfterMs: retryAfterBusyMs })
      comparisons += 1
      try {
        const { proof, ...compared } = request.data
        const scoped = databaseOf(leadScope)
        const options = { schema, timeoutMs, signal: left }
        const results = compared.ranges.length === 0 ? [] : await compareRanges(scoped, compared, options)
        if (proof !== undefined) {
          const { producer } = compared
          await recordProof(scoped, { producer, proof }, { schema, nowMs: now(), timeoutMs })
        }
        return succeed({ ok: true, results })
      } finally {
        comparisons -= 1
      }
    },

    async heartbeat(value, leadScope) {
      const request = heartbeatRequestSchema.safeParse(value)
      if (!request.success) return refuse('invalid_request', { issues: toEventIssues(request.error.issues) })
      await recordHeartbeat(databaseOf(leadScope), request.data, { schema, nowMs: now(), timeoutMs })
      return succeed({ ok: true })
    },
  }
}

export const maxCompletenessBodyBytes = completenessLimits.maxBodyBytes

/** The producer that a single event names beside its envelope. */
export const producerOf = (value: unknown): { producer: string | undefined } | undefined => {
  const { success, data } = z
    .optional(producerSchema)
    .safeParse((value as { producer?: unknown } | null)?.producer)
  return success ? { producer: data } : undefined
}
