import { CodedError, responses } from '@altcontext/webhook-contract'

/**
 * What can go wrong in this package, by stable code.
 *
 * | code | when | what to do |
 * |---|---|---|
 * | `database_unavailable` | the database cannot be reached, is starting, stopping or full | respond with 503 and let the sender try again: nothing was written, or it will be recognised as a duplicate |
 * | `database_error` | the database refuses the statement itself: a table or a right is missing | apply the migrations; `cause` has the database's message |
 * | `queue_full` | more events wait for a commit than `maxQueuedEvents` | respond with 503 and let the sender try again |
 * | `invalid_options` | an option of the writer is missing, unknown or out of range | correct it; the message lists every problem |
 * | `writer_closed` | the writer was closed | the server is stopping; respond with 503 |
 * | `context_failed` | the host's `beforeTransaction` threw | respond with 503 and let the sender try again; correct what it does: `cause` is what it threw |
 * | `invalid_lead_scope` | a scope's `tenantId` is not a UUID | respond with 503; give the customer's `tenant_id` |
 * | `report_too_slow` | PostgreSQL ended a statement of a report that took longer than it may | respond with 503; ask for less |
 * | `unfit_database` | what the role sees of the database does not match the options | the message lists every problem and what to do |
 */
export type StoreErrorCode =
  | 'database_unavailable'
  | 'database_error'
  | 'invalid_options'
  | 'queue_full'
  | 'writer_closed'
  | 'context_failed'
  | 'invalid_lead_scope'
  | 'report_too_slow'
  | 'unfit_database'

/** The one error class of this package. Messages never hold a parameter of a statement. */
export class StoreError extends CodedError<StoreErrorCode> {
  override readonly name = 'StoreError'

  /** The response to a request that ran into it, from the table of responses of `@altcontext/webhook-contract`. */
  get response(): 'overloaded' | 'database_unavailable' | 'internal_error' {
    if (this.code === 'report_too_slow') return 'overloaded'
    return bugs.has(this.code) ? 'internal_error' : 'database_unavailable'
  }

  /** The status of {@link StoreError.response}, for an error handler such as Fastify's. */
  get statusCode(): number {
    return responses[this.response].status
  }
}

// The program or its set-up is wrong: trying again does not help.
const bugs: ReadonlySet<StoreErrorCode> = new Set(['database_error', 'invalid_options', 'unfit_database'])

export const isStoreError = (error: unknown): error is StoreError => error instanceof StoreError
