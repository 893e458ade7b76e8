import { type Database, inLeadScope, leadScopeProblem } from '@altcontext/webhook-store'
import { invalidOptions } from '../metrics-error.ts'

/**
 * The database of the customer that `--owner` names, or of all.
 *
 * @param job - what is to be done, as the message calls it.
 * @throws {MetricsError} `invalid_options`
 */
export const databaseOfOwner = (database: Database, owner: string | undefined, job: string): Database => {
  if (owner === undefined) return database
  if (leadScopeProblem({ tenantId: owner }) !== undefined) {
    throw invalidOptions(
      `Failed to ${job}: --owner is no UUID. Give the tenant_id that the customer has in the host's tables.`,
    )
  }
  return inLeadScope(database, { tenantId: owner })
}
