import { completenessLimits } from '@altcontext/webhook-contract'
import type { OutboxProgress } from '../outbox/durable/outbox-completeness.ts'

/** Everything accepted before this moment is delivered, dead or dropped, in milliseconds since 1970: a heartbeat says so, and a reconciliation compares it. */
export const closedMoment = ({ nowMs, oldestPendingMs = nowMs }: OutboxProgress): number =>
  Math.min(oldestPendingMs, nowMs) - completenessLimits.graceMs
