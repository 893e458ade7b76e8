import type { ServiceUsageResponse } from '@altcontext/webhook-metrics'
import { isPastRetention } from './days.ts'

/** Why there is little to see. `notComputed` leaves the funnel, `tooLittle` leaves everything. */
export type EmptyState = 'never' | 'range' | 'notComputed' | 'retention' | 'tooLittle'

/** @param tenantsKnown How many tenants there ever were, if that is known. */
export const emptyStateOf = (
  { usage, funnel, window, freshness }: ServiceUsageResponse,
  tenantsKnown: number | undefined,
  today: string,
): EmptyState | undefined => {
  if (freshness.completeThrough === null) {
    return freshness.backlog === 0 && tenantsKnown === 0 ? 'never' : 'notComputed'
  }
  const counts = [
    usage.totalScansCompleted.value,
    usage.totalScansFailed.value,
    usage.totalMediaProcessed.value,
    usage.totalIdentitiesDetected.value,
    usage.totalClustersCreated.value,
    funnel.marketingVisitors,
    funnel.leadsCaptured,
    funnel.tenantsCreated,
  ]
  if (counts.every((count) => !count)) {
    if (isPastRetention(window, today)) return 'retention'
    return tenantsKnown === 0 ? 'never' : 'range'
  }
  return funnel.tenantsCreated > 0 && funnel.tenantsTooYoung === funnel.tenantsCreated
    ? 'tooLittle'
    : undefined
}
