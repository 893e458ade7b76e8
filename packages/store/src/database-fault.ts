/**
 * What a failed statement means for the rows in it.
 *
 * - `row`: the database refused a value; the other rows of the statement can be written.
 * - `conflict`: another transaction came in between (a lead deleted, a deadlock); the same statement may
 *   succeed now.
 * - `unavailable`: the database is away or has no room; later.
 * - `statement`: the statement itself is wrong for this database; a human has to look.
 */
export type DatabaseFault = 'row' | 'conflict' | 'unavailable' | 'statement'

// https://www.postgresql.org/docs/current/errcodes-appendix.html
const conflicts = new Set(['23503', '40001', '40P01', '55P03'])
const rowClasses = new Set(['22', '23', '54'])
const statementClasses = new Set(['0A', '25', '26', '28', '3D', '3F', '42'])

export const databaseFaultOf = (error: unknown): DatabaseFault => {
  const state = sqlStateOf(error)
  if (state === undefined) return 'unavailable'
  if (conflicts.has(state)) return 'conflict'
  const stateClass = state.slice(0, 2)
  if (rowClasses.has(stateClass)) return 'row'
  return statementClasses.has(stateClass) ? 'statement' : 'unavailable'
}

/** The five characters of an SQLSTATE, from an error of `pg` or of Prisma (which wraps the driver's). */
export const sqlStateOf = (error: unknown): string | undefined => {
  const { code, meta } = (error ?? {}) as PrismaLikeError
  const candidates = [meta?.driverAdapterError?.cause?.originalCode, meta?.code, code]
  return candidates.find(
    (candidate) =>
      // EPIPE is Node's, and P2002 is Prisma's.
      typeof candidate === 'string' && /^(?!E|P\d{4}$)[0-9A-Z]{5}$/.test(candidate),
  )
}

interface PrismaLikeError {
  code?: string
  meta?: { code?: string; driverAdapterError?: { cause?: { originalCode?: string } } }
}
