import { descriptionServiceContract } from '@altcontext/webhook-contract'
import { type Database, plausibleSinceSql } from '@altcontext/webhook-store'
import { dayOf } from '../days.ts'
import type { BridgeResponse } from '../responses/bridge-response.ts'
import type { Run } from '../responses/freshness.ts'
import { coveredSinceSql } from '../rollups/received-since.ts'
import type { JobKind } from '../rollups/run-log.ts'
import { freshnessPart, runSql } from './freshness-part.ts'
import { producersPart } from './producers-part.ts'
import { isoSql, type Part, part, type ReadContext, type ReadOptions, readSnapshot } from './read-snapshot.ts'
import { receivedByType } from './received-sql.ts'
import { type Requests, refusedOfNobodyPart } from './refused-of-nobody.ts'
import { refusedSql } from './refused-sql.ts'
import { problemsOf, trafficPart } from './traffic-part.ts'

export interface ReadBridgeOptions extends ReadOptions {
  /** The property under which refused webhook requests are recorded. @default 'description-service' */
  descriptionServicePropertyId?: string | undefined
}

/** Metrics about the metrics: freshness, jobs, and what was received since 00:00 UTC. */
export const readBridge = async (
  database: Database,
  options: ReadBridgeOptions = {},
): Promise<BridgeResponse> => {
  const { now = Date.now, descriptionServicePropertyId = 'description-service' } = options
  const nowMs = now()
  const read = await readSnapshot(database, { ...options, now: () => nowMs }, (context) => ({
    freshness: freshnessPart(context),
    jobs: jobsPart(context),
    implausible: implausiblePart(context),
    producers: producersPart(context),
    traffic: trafficPart(context, descriptionServicePropertyId),
    refusedOfNobody:
      database.leadScope === undefined
        ? part<Requests>(`SELECT '{"refused": 0, "all": 0}'::json`)
        : refusedOfNobodyPart(context, { schema: options.schema, descriptionServicePropertyId }),
    received: receivedPart(context),
    duplicates: duplicatesPart(context),
    refusals: refusalsPart(context, descriptionServicePropertyId),
  }))
  return {
    ok: true,
    at: new Date(nowMs).toISOString(),
    freshness: read.freshness,
    implausible: read.implausible,
    jobs: read.jobs,
    problems: problemsOf(read),
    producers: read.producers,
    traffic: read.traffic,
    today: {
      day: dayOf(nowMs),
      received: counted(read.received, Object.keys(descriptionServiceContract.events)),
      duplicates: counted(read.duplicates, Object.keys(descriptionServiceContract.events)),
      refusals: counted(read.refusals),
    },
  }
}

const implausiblePart = ({ tables, owner }: ReadContext): Part<BridgeResponse['implausible']> => {
  const since = plausibleSinceSql(coveredSinceSql(tables, owner))
  return part(
    `SELECT json_build_object('before', ${isoSql(since)}, 'events', (
      SELECT count(*) FROM ${tables.tenantEvents} WHERE occurred_at < ${since}
    ))`,
  )
}

type CountsByName = Record<string, number>

const counted = (counts: CountsByName, knownNames: readonly string[] = []) => ({
  total: Object.values(counts).reduce((sum, count) => sum + count, 0),
  counts: { ...Object.fromEntries(knownNames.map((name) => [name, 0])), ...counts },
})

const jobKinds: readonly JobKind[] = ['rollup', 'backfill', 'discrepancy', 'purge']

const jobsPart = ({ tables }: ReadContext): Part<BridgeResponse['jobs']> =>
  part(
    `SELECT json_build_object(${jobKinds.map((kind) => `'${kind}', ${runSql(tables.serviceUsageRuns, kind)}`).join(', ')})`,
    (runs: Record<JobKind, Run | null>) => {
      const job = (kind: JobKind) => ({
        run: runs[kind],
        reason: runs[kind] === null ? ('never_ran' as const) : null,
      })
      return {
        rollup: job('rollup'),
        backfill: job('backfill'),
        discrepancy: job('discrepancy'),
        purge: job('purge'),
      }
    },
  )

const countsSql = (grouped: string): string =>
  `SELECT COALESCE(json_object_agg(name, counted), '{}') FROM (${grouped}) by_name`

const countsPart = (grouped: string): Part<CountsByName> => part(countsSql(grouped))

const receivedPart = (context: ReadContext): Part<CountsByName> =>
  countsPart(
    `SELECT event_type AS name, sum(received) AS counted FROM ${receivedByType(context)} WHERE is_today GROUP BY event_type`,
  )

const duplicatesPart = ({ tables, param, nowMs }: ReadContext): Part<CountsByName> =>
  countsPart(
    `SELECT event_type AS name, sum(duplicates) AS counted FROM ${tables.tenantEventDuplicates}
     WHERE received_at >= ${param(dayOf(nowMs), 'date')} GROUP BY event_type`,
  )

const refusalsPart = ({ tables, param, nowMs }: ReadContext, propertyId: string): Part<CountsByName> =>
  countsPart(
    `SELECT reason AS name, sum(refused) AS counted
     FROM (${refusedSql(tables, param(propertyId, 'text'), param(dayOf(nowMs), 'timestamp(3)'))}) refusals
     GROUP BY reason`,
  )
