import type pg from 'pg'
import type { DatabaseHandle } from '../database/create-pool.ts'
import type { Environment } from '../environment.ts'
import type { RejectionLog } from '../rejections/create-rejection-log.ts'
import type { DailyRollup } from '../rollups/create-daily-rollup.ts'

/** What the host's routes share. */
export interface RouteContext extends DatabaseHandle {
  /** For reports only, so that none takes a connection away from receiving. */
  reportPool: pg.Pool
  environment: Environment
  rejections: RejectionLog
  dailyRollup: DailyRollup
  /** Hosts of the marketing site: a visit that comes from there is internal. */
  ownHosts: ReadonlySet<string>
  now: () => Date
}

/** Bodies of the host's own routes are small. */
export const maxBodyBytes = 64 * 1024
