import { withMethods } from '@altcontext/webhook-contract/options'
import type { Database } from './database.ts'

/** An option of a plugin or a job: where the tables are. */
export const databaseOption = () =>
  withMethods<Database>(['query', 'transaction'], 'fromPg(pool) or fromPrisma(client)')
