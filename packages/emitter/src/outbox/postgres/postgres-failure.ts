import { EmitterError } from '../../emitter-error.ts'

/** A driver's message may hold the row, which is the payload: only codes are repeated. */
export const postgresFailure = (what: string, cause: unknown): EmitterError => {
  if (cause instanceof EmitterError) return cause
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  const detail = typeof code === 'string' && /^\w{2,40}$/.test(code) ? code : 'no connection'
  return new EmitterError(
    'outbox_failed',
    `Failed to ${what}: ${detail}. Check the database; nothing that was accepted is lost.`,
    [],
    { cause },
  )
}
