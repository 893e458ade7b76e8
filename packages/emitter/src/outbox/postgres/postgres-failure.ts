import { EmitterError, type OutboxFailureReason, outboxFailed } from '../../emitter-error.ts'
import { readOnlyServer } from './pool-with-deadline.ts'

/** A driver's message may hold the row, which is the payload: only codes are repeated. */
export const postgresFailure = (what: string, cause: unknown): EmitterError => {
  if (cause instanceof EmitterError) return cause
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  const detail = typeof code === 'string' && /^\w{2,40}$/.test(code) ? code : 'no connection'
  const reason = reasonOf(detail)
  return outboxFailed(`Failed to ${what}: ${detail}. Check the database; committed events are kept.`, {
    cause,
    reason,
  })
}

/** SQLSTATE: with a code of these classes the database itself works and only refuses the statement. */
const reasonOf = (detail: string): OutboxFailureReason | undefined => {
  if (detail === '53100') return 'disk_full'
  if (detail === readOnlyServer) return 'database_gone'
  return /^(?!08|57|3D|28)[0-9A-Z]{5}$/.test(detail) && /\d/.test(detail) ? undefined : 'database_gone'
}
