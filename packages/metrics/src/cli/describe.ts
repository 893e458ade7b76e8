import type { BridgeResponse } from '../responses/bridge-response.ts'
import type { DiscrepancyReport } from '../rollups/find-discrepancies.ts'

/** The bridge's state for a person. */
export const describeStatus = ({ freshness, jobs, today }: BridgeResponse): string =>
  [
    `Complete through  ${freshness.completeThrough ?? 'nothing was ever rolled up'}`,
    `Backlog           ${freshness.backlog} dirty entries${freshness.oldestDirtyAgeMs === null ? '' : `, the oldest ${Math.round(freshness.oldestDirtyAgeMs / 1000)} s old`}`,
    ...Object.entries(jobs).map(([kind, { run }]) => `Last ${kind.padEnd(12)} ${endOf(run)}`),
    `Today             ${today.received.total} received, ${today.duplicates.total} duplicates, ${today.refusals.total} refused`,
  ].join('\n')

const endOf = (run: BridgeResponse['jobs']['rollup']['run']): string => {
  if (run === null) return 'never'
  return run.finishedAt ?? `started ${run.startedAt}, not finished`
}

/** The report for a person. */
export const describeDiscrepancies = ({
  from,
  to,
  compared,
  pending,
  cells,
  days,
  examples,
}: DiscrepancyReport): string =>
  [
    `Compared ${compared} tenant days from ${from} to ${to}: ${cells === 0 ? 'all agree' : `${cells} differ`}; ${pending} wait for the rollup.`,
    ...examples.map(
      ({ tenantId, day, columns }) =>
        `  ${day}  ${tenantId}  ${columns.join(', ') || 'a missing rollup, or one too many'}`,
    ),
    ...(days === 0 ? [] : [`Days whose totals over all tenants differ from their rollups: ${days}.`]),
    ...(cells + days === 0 ? [] : [`Repair with: webhook-metrics backfill --from ${from} --to ${to}`]),
  ].join('\n')
