import { tenantResponseSchema } from '@altcontext/webhook-metrics'
import { storedEvents } from './stub-events.ts'
import { freshness, type Query, shift, today } from './stub-numbers.ts'
import { allTenants } from './stub-tenants.ts'
import { usageResponse } from './stub-usage.ts'

export const tenantResponse = (tenantId: string, query: Query) => {
  const tenant = allTenants.find((row) => row.tenantId === tenantId)
  if (tenant === undefined) return undefined
  const { from = shift(today, -29), to = today } = query
  const touch = {
    channel: 'newsletter',
    source: 'newsletter',
    medium: 'email',
    campaign: 'spring',
    landingPath: '/',
    touchedAt: '2026-09-28T10:00:00.000Z',
    term: null,
    content: null,
    referrerHost: null,
  }
  return tenantResponseSchema.parse({
    ok: true,
    window: { from, to },
    tenant,
    touches:
      tenant.channel === null
        ? { first: null, last: null, reason: 'not_attributed' }
        : { first: touch, last: touch, reason: null },
    trend: usageResponse(from, to, false).trend,
    events: storedEvents.filter((event) => event.tenantId === tenantId),
    page: { limit: 50, next: null, latest: null },
    freshness,
  })
}
