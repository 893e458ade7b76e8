import type { BridgeResponse } from '@altcontext/webhook-metrics'
import type { Messages } from '../messages/en.ts'

export type BridgeState = keyof Messages['bridge']['states']

const lateMs = 15 * 60_000

/** Wrong cells of the last discrepancy check; undefined when none ever finished. */
export const wrongCells = ({ jobs }: BridgeResponse): number | undefined => {
  const cells = jobs.discrepancy.run?.details.cells
  return typeof cells === 'number' ? cells : undefined
}

/** The worst that can be said about the bridge. */
export const bridgeStateOf = (report: BridgeResponse): BridgeState => {
  const { freshness } = report
  if (freshness.completeThrough === null) return 'never'
  if ((wrongCells(report) ?? 0) > 0) return 'wrong'
  if ((freshness.oldestDirtyAgeMs ?? 0) > lateMs) return 'behind'
  return freshness.backlog > 0 ? 'working' : 'healthy'
}
