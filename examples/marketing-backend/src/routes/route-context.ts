import type { Pool } from 'pg'
import type { Environment } from '../environment.ts'
import type { RejectionLog } from '../rejections/create-rejection-log.ts'
import type { DailyRollup } from '../rollups/create-daily-rollup.ts'

/** What the host's routes work with. */
export interface RouteContext {
  environment: Environment
  pool: Pool
  /** The schema of the pool's connections, when it is not the default one. */
  schema: string | undefined
  rejections: RejectionLog
  dailyRollup: DailyRollup
  /** Hosts of the marketing site: a visit that comes from there is internal. */
  ownHosts: ReadonlySet<string>
  now: () => Date
}

/** Bodies of the host's own routes are small. */
export const maxBodyBytes = 64 * 1024
