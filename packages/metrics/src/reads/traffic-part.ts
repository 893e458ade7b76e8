import { descriptionServiceContract } from '@altcontext/webhook-contract'
import type { Tables } from '@altcontext/webhook-store'
import { dayMs } from '../days.ts'
import type { BridgeProblem, BridgeResponse } from '../responses/bridge-response.ts'
import { isoSql, type Part, part, type ReadContext } from './read-snapshot.ts'
import { lagsSql, receivedByType } from './received-sql.ts'
import type { Requests } from './refused-of-nobody.ts'
import { refusedSql } from './refused-sql.ts'

type Traffic = BridgeResponse['traffic']

/** What arrived in the last 24 hours and 30 days, how late, and the last event of each type. */
export const trafficPart = (context: ReadContext, descriptionServicePropertyId: string): Part<Traffic> => {
  const { tables, param, nowMs } = context
  const since = (days: number) => param(new Date(nowMs - days * dayMs).toISOString(), 'timestamp(3)')
  const [day, month] = [since(1), since(30)]
  const received = receivedByType(context)
  const property = param(descriptionServicePropertyId, 'text')
  const counts = (since: string) =>
    requestsSql(tables, {
      accepted: `(SELECT COALESCE(sum(received) FILTER (WHERE ${since === day ? 'is_new' : 'true'}), 0) FROM ${received})`,
      since,
      property,
    })
  return part(
    `SELECT json_build_object(
      'last24Hours', ${counts(day)}, 'last30Days', ${counts(month)},
      'lag', (${lagSummarySql(lagsSql(context))}),
      'last', (
        SELECT COALESCE(json_object_agg(event_type, last), '{}')
        FROM (SELECT event_type, ${isoSql('max(last)')} AS last FROM ${received} GROUP BY event_type) lasts
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

/** Query of the number and the percentiles of lags and their counts, interpolated between the two nearest as `percentile_cont` does. */
const lagSummarySql = (lags: string): string => {
  const percentile = (share: number): string => {
    const place = `${share} * (n - 1)`
    const at = (index: string) => `min(lag) FILTER (WHERE upto > ${index}(${place}))`
    return `round(${at('floor')} + (${at('ceil')} - ${at('floor')}) * (${place} - floor(${place})))`
  }
  return `
    SELECT json_build_object('n', COALESCE(max(n), 0), 'p50Ms', max(p50), 'p95Ms', max(p95)) FROM (
      SELECT n, ${percentile(0.5)} AS p50, ${percentile(0.95)} AS p95
      FROM (
        SELECT lag, sum(sum(events)) OVER (ORDER BY lag) AS upto, sum(sum(events)) OVER () AS n
        FROM (${lags}) lags GROUP BY lag
      ) placed
      GROUP BY n
    ) summary`
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
/** A greater share of the last 24 hours makes the bridge `refusing`. */
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
