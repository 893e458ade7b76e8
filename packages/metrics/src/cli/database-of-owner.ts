import { type Database, inLeadScope, leadScopeProblem } from '@altcontext/webhook-store'
import { invalidOptions } from '../metrics-error.ts'

/**
 * The database of the customer that `--owner` names, or of all.
 *
 * @param job - what is to be done, for the message.
 * @throws {MetricsError} `invalid_options`
 */
export const databaseOfOwner = (database: Database, owner: string | undefined, job: string): Database => {
  if (owner === undefined) return database
  if (leadScopeProblem({ tenantId: owner }) !== undefined) {
    throw invalidOptions(
      `Failed to ${job}: --owner is not a UUID. Give the customer's tenant_id in the host's tables.`,
    )
  }
  return inLeadScope(database, { tenantId: owner })
}
