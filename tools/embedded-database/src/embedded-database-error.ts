/**
 * Why an embedded database could not do what it was asked.
 *
 * | code | when |
 * |---|---|
 * | `unsupported_platform` | there is no PostgreSQL build for this system |
 * | `no_server_account` | the process is root and the system has no unprivileged user to run the server as |
 * | `data_directory_unusable` | the data directory belongs to another version, a running server or another user |
 * | `port_in_use` | the port that was asked for is taken |
 * | `server_failed` | the server or `initdb` ended with an error of its own, which the message quotes |
 * | `migration_failed` | a migration failed now or in an earlier run |
 * | `schema_invalid` | the Prisma schema or the comparison with it failed |
 */
export type EmbeddedDatabaseErrorCode =
  | 'unsupported_platform'
  | 'no_server_account'
  | 'data_directory_unusable'
  | 'port_in_use'
  | 'server_failed'
  | 'migration_failed'
  | 'schema_invalid'

/** The one error of this package; `code` says which of its cases it is. */
export class EmbeddedDatabaseError extends Error {
  override readonly name = 'EmbeddedDatabaseError'
  readonly code: EmbeddedDatabaseErrorCode

  constructor(code: EmbeddedDatabaseErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
