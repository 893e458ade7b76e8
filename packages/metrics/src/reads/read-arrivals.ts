import type { Database } from '@altcontext/webhook-store'
import { dayMs } from '../days.ts'
import type { BridgeResponse } from '../responses/bridge-response.ts'
import { coveredSinceSql } from '../rollups/received-since.ts'
import { isoSql, part, type ReadOptions, readSnapshot } from './read-snapshot.ts'
import { receivedByType } from './received-sql.ts'
import { requestsSql } from './traffic-part.ts'

export interface ReadArrivalsOptions extends ReadOptions {
  /** The property under which refused webhook requests are recorded. @default 'description-service' */
  descriptionServicePropertyId?: string | undefined
}

export interface Arrivals {
  /** When an event last arrived, even if it arrived again; the receipt of the first one if none is kept, null if there was none. */
  lastAt: string | null
  last24Hours: BridgeResponse['traffic']['last24Hours']
}

/** The part of {@link readBridge} that is cheap enough for every minute. */
export const readArrivals = async (
  database: Database,
  { descriptionServicePropertyId = 'description-service', ...options }: ReadArrivalsOptions,
): Promise<Arrivals> =>
  readSnapshot(database, options, (context) => {
    const { tables, owner, param, nowMs } = context
    const since = param(new Date(nowMs - dayMs).toISOString(), 'timestamp(3)')
    return {
      lastAt: part<string | null>(
        `SELECT to_json(${isoSql(`COALESCE(GREATEST(
          (SELECT max(received_at) FROM ${tables.tenantEvents}),
          (SELECT max(received_at) FROM ${tables.tenantEventDuplicates})
        ), ${coveredSinceSql(tables, owner)})`)})`,
      ),
      last24Hours: part<Arrivals['last24Hours']>(
        `SELECT ${requestsSql(tables, {
          accepted: `(SELECT COALESCE(sum(received) FILTER (WHERE is_new), 0) FROM ${receivedByType(context)})`,
          since,
          property: param(descriptionServicePropertyId, 'text'),
        })}`,
      ),
    }
  })
