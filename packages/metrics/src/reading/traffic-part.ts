import { descriptionServiceContract } from '@altcontext/webhook-contract'
import type { Tables } from '@altcontext/webhook-store'
import { dayMs, hourMs } from '../days.ts'
import type { BridgeProblem, BridgeResponse } from '../responses/bridge-response.ts'
import { countedThroughSql, hourOf } from '../rollups/count-received.ts'
import { isoSql, type Part, part, type ReadContext } from './read-snapshot.ts'
import type { Requests } from './refused-of-nobody.ts'
import { refusedSql } from './refused-sql.ts'

type Traffic = BridgeResponse['traffic']

/** What arrived in the last 24 hours and 30 days, how late, and the last event of each type. */
export const trafficPart = (
  { tables, param, nowMs }: ReadContext,
  descriptionServicePropertyId: string,
): Part<Traffic> => {
  const at = (iso: string) => param(iso, 'timestamp(3)')
  const since = (days: number) => at(new Date(nowMs - days * dayMs).toISOString())
  const [day, month] = [since(1), since(30)]
  // Whole hours that the rollup has counted stand for their events: those between the hour in which the 30 days begin and
  // the hour in which the last 24 hours do.
  const [firstHour, lastHour] = [at(hourOf(nowMs - 30 * dayMs + hourMs)), at(hourOf(nowMs - dayMs))]
  const counted = `COALESCE(${countedThroughSql(tables, at(new Date(nowMs).toISOString()))}, '-infinity')`
  const events = (
    where: string,
  ) => `SELECT event_type, received_at >= ${day} AS is_new, count(*) AS received, max(received_at) AS last
      FROM ${tables.tenantEvents} WHERE ${where} GROUP BY event_type, is_new`
  const property = param(descriptionServicePropertyId, 'text')
  const counts = (since: string) =>
    requestsSql(tables, {
      accepted: `(SELECT COALESCE(sum(received) FILTER (WHERE ${since === day ? 'is_new' : 'true'}), 0) FROM by_type)`,
      since,
      property,
    })
  return part(
    `WITH by_type AS MATERIALIZED (
      ${events(`received_at >= ${lastHour}`)}
      UNION ALL
      ${events(`received_at >= ${month} AND received_at < ${firstHour}`)}
      UNION ALL
      ${events(`received_at >= ${firstHour} AND received_at < ${lastHour} AND received_at >= ${counted}`)}
      UNION ALL
      SELECT event_type, false, sum(events), max(last_received_at)
      FROM ${tables.receivedHours} WHERE hour >= ${firstHour} AND hour < ${lastHour} AND hour < ${counted} GROUP BY event_type
    )
    SELECT json_build_object(
      'last24Hours', ${counts(day)}, 'last30Days', ${counts(month)},
      'lag', (
        SELECT json_build_object('n', count(*),
          'p50Ms', round(percentile_cont(0.5) WITHIN GROUP (ORDER BY lag)), 'p95Ms', round(percentile_cont(0.95) WITHIN GROUP (ORDER BY lag)))
        FROM (
          SELECT GREATEST(round(date_part('epoch', received_at - occurred_at) * 1000), 0) AS lag
          FROM ${tables.tenantEvents} WHERE received_at >= ${day}
        ) lags
      ),
      'last', (
        SELECT COALESCE(json_object_agg(event_type, last), '{}')
        FROM (SELECT event_type, ${isoSql('max(last)')} AS last FROM by_type GROUP BY event_type) lasts
      )
    )`,
    ({ last24Hours, last30Days, lag, last }: RawTraffic): Traffic => ({
      last24Hours,
      last30Days,
      lag: { ...lag, reason: lag.n === 0 ? 'not_seen' : null },
      lastEvents: Object.keys(descriptionServiceContract.events).map((eventType) => {
        const receivedAt = last[eventType] ?? null
        return {
          eventType,
          receivedAt,
          ageMs: receivedAt === null ? null : Math.max(0, nowMs - Date.parse(receivedAt)),
          reason: receivedAt === null ? 'not_seen' : null,
        }
      }),
    }),
  )
}

/** SQL of what was stored, arrived again and was refused since then. */
export const requestsSql = (
  tables: Tables,
  { accepted, since, property }: { accepted: string; since: string; property: string },
): string => `json_build_object(
    'accepted', ${accepted},
    'duplicates', (SELECT COALESCE(sum(duplicates), 0) FROM ${tables.tenantEventDuplicates} WHERE received_at >= ${since}),
    'refused', (SELECT COALESCE(sum(refused), 0) FROM (${refusedSql(tables, property, since)}) refusals)
  )`

interface RawTraffic extends Pick<Traffic, 'last24Hours' | 'last30Days'> {
  lag: { n: number; p50Ms: number | null; p95Ms: number | null }
  last: Record<string, string>
}

const behindMs = 15 * 60_000
/** Of the last 24 hours, what is beyond makes the bridge `refusing`. */
export const refusedShare = 0.01

/** Whether more than this share of the requests was refused. */
export const isRefusing = ({ refused, all }: Requests, share: number = refusedShare): boolean =>
  refused > share * all

/** What is wrong with the bridge, the most urgent first. */
export const problemsOf = ({
  freshness,
  jobs,
  producers,
  refusedOfNobody,
  traffic,
}: Pick<BridgeResponse, 'freshness' | 'jobs' | 'producers' | 'traffic'> & {
  refusedOfNobody: Requests
}): BridgeProblem[] => {
  const { accepted, duplicates, refused } = traffic.last24Hours
  const { cells, days = 0 } = jobs.discrepancy.run?.details ?? {}
  const isBehind =
    (freshness.oldestDirtyAgeMs ?? 0) > behindMs ||
    (freshness.completeThrough === null && traffic.last30Days.accepted > 0)
  const found: Record<BridgeProblem, boolean> = {
    refusing: isRefusing({ refused, all: accepted + duplicates + refused }) || isRefusing(refusedOfNobody),
    silent: accepted + duplicates === 0,
    producer_silent: producers.some(
      ({ isSilent, isClockWrong }) => isSilent === true || isClockWrong === true,
    ),
    incomplete: producers.some(
      ({ isRetired, proof }) =>
        !isRetired && proof !== null && (proof.unrepaired > 0 || proof.gaps.length > 0),
    ),
    behind: isBehind,
    numbers_differ: Number(cells ?? 0) + Number(days) > 0,
    never_verified: jobs.discrepancy.run?.finishedAt == null,
  }
  return (Object.keys(found) as BridgeProblem[]).filter((problem) => found[problem])
}
