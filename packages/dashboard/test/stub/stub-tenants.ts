import type { TenantRow, TenantsResponse } from '@altcontext/webhook-metrics'
import { freshness, hostileTenant, shift, today } from './stub-numbers.ts'

const tenantRow = (index: number): TenantRow => {
  const idle = index % 6 === 5
  const created = shift(today, -((index * 3) % 80) - 2)
  return {
    tenantId:
      index === 1
        ? hostileTenant
        : `tenant-${String(index).padStart(3, '0')}-${['oak', 'birch', 'elm'][index % 3]}`,
    channel: index % 4 === 3 ? null : (['newsletter', 'organic_search', 'conference'][index % 3] ?? null),
    tenantCreatedAt: `${created}T09:12:33.000Z`,
    firstApiKeyAt: idle ? null : `${created}T09:40:00.000Z`,
    firstScanAt: idle ? null : `${shift(created, 1)}T08:00:00.000Z`,
    timeToFirstScanMs: idle ? null : 82_047_000,
    scansCompleted: idle ? 0 : 120 - index * 2,
    scansFailed: idle ? 0 : index % 5,
    scanSuccessRate: idle ? null : 0.98,
    mediaProcessed: idle ? 0 : 2400 - index * 31,
    identitiesDetected: idle ? 0 : 7300 - index * 93,
    avgScanDurationMs: idle ? null : 2800 + index * 11,
    clustersCreated: idle ? 0 : 12,
    suggestionsGenerated: 0,
    suggestionsResolved: 0,
    lastActiveDay: idle ? null : shift(today, -(index % 9)),
    reasons: {
      ...(index % 4 === 3 ? { channel: 'not_attributed' as const } : {}),
      ...(idle
        ? {
            firstApiKeyAt: 'not_seen',
            firstScanAt: 'not_seen',
            timeToFirstScanMs: 'not_seen',
            scanSuccessRate: 'no_scans',
            avgScanDurationMs: 'no_completed_scans',
            lastActiveDay: 'no_completed_scans',
          }
        : {}),
    },
  }
}

export const allTenants = Array.from({ length: 58 }, (_row, index) => tenantRow(index))

export const tenantsResponse = (query: Record<string, string | undefined>): TenantsResponse => {
  const { sort = 'tenantId', order = 'asc', limit = '25', offset = '0', search = '' } = query
  const { from = shift(today, -29), to = today } = query
  const key = sort as TenantsResponse['page']['sort']
  const found = allTenants
    .filter(({ tenantId }) => tenantId.toLowerCase().includes(search.toLowerCase()))
    .sort((left, right) => {
      const [a, b] = [left[key] ?? '', right[key] ?? '']
      const compared =
        typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b))
      return order === 'asc' ? compared : -compared
    })
  return {
    ok: true,
    window: { from, to },
    tenants: found.slice(Number(offset), Number(offset) + Number(limit)),
    page: {
      limit: Number(limit),
      offset: Number(offset),
      total: found.length,
      sort: key,
      order: order === 'desc' ? 'desc' : 'asc',
      next: null,
    },
    freshness,
  }
}
