/**
 * What a failed statement means for the rows in it.
 *
 * - `row`: a value that PostgreSQL cannot store, found by our own statement; only this event is at fault.
 * - `host`: a constraint that is not ours, or a trigger, refuses a row. The event is valid; somebody has to look.
 * - `conflict`: another transaction interfered (a deleted lead, a deadlock); the same statement
 *   may succeed now.
 * - `unavailable`: the database cannot be reached or has no room; try again later.
 * - `statement`: the statement itself is wrong for this database; a human has to look.
 */
export type DatabaseFault = 'row' | 'host' | 'conflict' | 'unavailable' | 'statement'

// https://www.postgresql.org/docs/current/errcodes-appendix.html
const conflicts = new Set(['40001', '40P01', '55P03'])
const foreignKeyViolation = '23503'
const ourForeignKeys = new Set(['tenant_events_lead_id_fkey', 'tenant_milestones_lead_id_fkey'])
// Integrity constraints, program limits, and what a trigger raises.
const hostClasses = new Set(['23', '54', 'P0'])
/** The server is read-only: another one has taken its place, and its connections are useless now. */
export const readOnlyServer = '25006'
// PostgreSQL ended the transaction because nothing came for too long: as if the connection had been lost.
const lostConnections = new Set(['25P03', readOnlyServer])
const statementClasses = new Set(['0A', '25', '26', '28', '3D', '3F', '42'])

export const databaseFaultOf = (error: unknown): DatabaseFault => {
  const state = sqlStateOf(error)
  if (state === undefined || lostConnections.has(state)) return 'unavailable'
  if (conflicts.has(state)) return 'conflict'
  // Our other constraints are keys, and ON CONFLICT handles them: any other violated constraint is the host's.
  const { constraint, where } = error as PgErrorFields
  if (state === foreignKeyViolation) {
    return constraint === undefined || ourForeignKeys.has(constraint) ? 'conflict' : 'host'
  }
  const stateClass = state.slice(0, 2)
  if (stateClass === '22') return isRaisedByFunction(where) ? 'host' : 'row'
  if (hostClasses.has(stateClass)) return 'host'
  return statementClasses.has(stateClass) ? 'statement' : 'unavailable'
}

/** `tenant_events.region`, `constraint tenant_events_region_check`: where it failed, without any value. */
export const faultPlaceOf = (error: unknown): string | undefined => {
  const { constraint, table, column } = (error ?? {}) as PgErrorFields
  if (constraint !== undefined) return `constraint ${constraint}`
  return [table, column].filter((name) => name !== undefined).join('.') || undefined
}

/** The fields of PostgreSQL's error that `pg` passes on and that hold no value of a row. */
interface PgErrorFields {
  constraint?: string
  table?: string
  column?: string
  where?: string
}

const isRaisedByFunction = (where: string | undefined): boolean =>
  /^(PL\/pgSQL|SQL) function /m.test(where ?? '')

/** The five characters of an SQLSTATE, from an error of `pg` or of Prisma (which wraps the driver's). */
export const sqlStateOf = (error: unknown): string | undefined => {
  const { code, meta } = (error ?? {}) as PrismaLikeError
  const candidates = [meta?.driverAdapterError?.cause?.originalCode, meta?.code, code]
  return candidates.find(
    (candidate) =>
      // EPIPE is Node's, and P2002 is Prisma's; P0001 is what a trigger raises.
      typeof candidate === 'string' && /^(?!E|P[1-9]\d{3}$)[0-9A-Z]{5}$/.test(candidate),
  )
}

/**
 * PostgreSQL's own message about a statement that is wrong for this database, such as `permission denied for table leads`. It
 * names only tables, columns and the like. The message of any other fault can quote a value, and so can an error that a function
 * of the host raises or that Prisma rewrites: those are left out.
 */
export const statementSentenceOf = (error: unknown): string | undefined => {
  const { meta, message, where } = (error ?? {}) as PrismaLikeError & PgErrorFields
  if (databaseFaultOf(error) !== 'statement' || isRaisedByFunction(where) || meta !== undefined)
    return undefined
  return message
}

interface PrismaLikeError {
  code?: string
  message?: string
  meta?: { code?: string; driverAdapterError?: { cause?: { originalCode?: string } } }
}
