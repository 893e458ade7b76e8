import type { Database } from '@altcontext/webhook-store'
import { invalidOptions } from '../metrics-error.ts'
import { lookAtLeads } from '../touches/copy-visits.ts'

/**
 * Where row-level security hides the host's rows, numbers of visitors and leads would be zeros that nobody can tell from true ones: a
 * command has no context to set.
 *
 * @param job - what is to be done, for the message.
 * @throws {MetricsError} `invalid_options`
 */
export const requireSeenLeads = async (
  database: Database,
  { schema, job }: { schema: string | undefined; job: string },
): Promise<void> => {
  if (!(await lookAtLeads(database, schema)).isHidden) return
  throw invalidOptions(
    `Failed to ${job}: row-level security hides the host's visitors and leads from this role, and they would be counted as 0. Use a role that bypasses row-level security (BYPASSRLS).`,
  )
}
