import { CodedError } from '@altcontext/webhook-contract'

/**
 * | code | when |
 * |---|---|
 * | `bad_environment` | a variable is missing or malformed |
 * | `database_unreachable` | the database did not respond |
 * | `embedded_database_failed` | our own PostgreSQL did not start |
 * | `migration_failed` | the database could not be migrated |
 * | `cannot_listen` | the port is taken, or the address is not ours |
 */
export type StartErrorCode =
  | 'bad_environment'
  | 'database_unreachable'
  | 'embedded_database_failed'
  | 'migration_failed'
  | 'cannot_listen'

/** Why the server did not start, in one sentence for the person who started it. */
export class StartError extends CodedError<StartErrorCode> {
  override readonly name = 'StartError'
}
