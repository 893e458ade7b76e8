import { createPerMinute } from '@altcontext/webhook-contract'
import type { FastifyBaseLogger } from 'fastify'
import { safeErrorDetail } from '../refusals/safe-error-detail.ts'

/** One line per minute while a limit that several servers share cannot be counted: meanwhile each lets in as much as all of them together may. */
export const createSharedLimitWarning = (log: Pick<FastifyBaseLogger, 'error'>, now: () => number) => {
  const lines = createPerMinute(1)
  return (error: unknown): void => {
    if (!lines.count('shared limit', now()).isWithin) return
    log.error(
      { detail: safeErrorDetail(error) },
      'A limit that servers share could not be counted, so this server counts for itself. Check whether its Redis or its database responds, and whether the database has been migrated and lets the role use webhook_rate_windows',
    )
  }
}
