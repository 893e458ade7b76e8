import { CodedError } from '@altcontext/webhook-contract'

/**
 * Why the tables could not be put into a host's schema.
 *
 * | code | when | what to do |
 * |---|---|---|
 * | `schema_not_found` | no Prisma schema is in any of the places looked in | run it in the host's folder, or use `--schema` |
 * | `schema_unfit` | the schema has no leads, or something of its own with a name of ours; the message lists every problem | correct the schema |
 * | `not_installed` | `upgrade` before `install` | run `install` |
 */
export type InstallErrorCode = 'schema_not_found' | 'schema_unfit' | 'not_installed'

export class InstallError extends CodedError<InstallErrorCode> {
  override readonly name = 'InstallError'
}
