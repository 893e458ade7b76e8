/**
 * Why the tables could not be put into a host's schema.
 *
 * | code | when | what to do |
 * |---|---|---|
 * | `schema_not_found` | there is no Prisma schema where one is looked for | run it in the host's folder, or use `--schema` |
 * | `schema_unfit` | the schema has no leads, or something of its own in the place of ours; the message lists all of it | correct the schema |
 * | `not_installed` | `upgrade` before `install` | run `install` |
 */
export type InstallErrorCode = 'schema_not_found' | 'schema_unfit' | 'not_installed'

export class InstallError extends Error {
  override readonly name = 'InstallError'
  readonly code: InstallErrorCode

  constructor(code: InstallErrorCode, message: string) {
    super(message)
    this.code = code
  }
}
