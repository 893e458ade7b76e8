import type { BridgeResponse } from '@altcontext/webhook-metrics'
import type { Messages } from '../messages/en.ts'

export type BridgeState = keyof Messages['bridge']['states']

const lateMs = 15 * 60_000

/** Wrong tenant days and totals of the last discrepancy check; undefined when none ever finished. */
export const wrongNumbers = ({ jobs }: BridgeResponse): number | undefined => {
  const { cells, days = 0 } = jobs.discrepancy.run?.details ?? {}
  return typeof cells === 'number' && typeof days === 'number' ? cells + days : undefined
}

/** The worst that can be said about the bridge. */
export const bridgeStateOf = (report: BridgeResponse): BridgeState => {
  const { freshness } = report
  if (freshness.completeThrough === null) return 'never'
  if ((wrongNumbers(report) ?? 0) > 0) return 'wrong'
  if ((freshness.oldestDirtyAgeMs ?? 0) > lateMs) return 'behind'
  return freshness.backlog > 0 ? 'working' : 'healthy'
}
