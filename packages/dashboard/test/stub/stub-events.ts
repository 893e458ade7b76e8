import { eventsResponseSchema, type StoredEvent } from '@altcontext/webhook-metrics'
import { freshness, type Query, shift, today } from './stub-numbers.ts'
import { allTenants } from './stub-tenants.ts'

export const storedEvents: StoredEvent[] = Array.from({ length: 60 }, (_event, index) => ({
  id: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
  eventType: ['scan.completed', 'scan.failed', 'cluster.created'][index % 3] ?? '',
  tenantId: allTenants[index % 7]?.tenantId ?? '',
  occurredAt: `${today}T13:${String(59 - index).padStart(2, '0')}:00.000Z`,
  receivedAt: `${today}T13:${String(59 - index).padStart(2, '0')}:02.000Z`,
  lagMs: 2000,
  isImplausible: false,
  payload: { jobId: `job-${index}`, mediaCount: 20 },
}))

const arrivedAgain = [
  ['scan.completed', 9, `${today}T13:40:12.000Z`],
  ['scan.completed', 5, `${today}T09:02:30.000Z`],
  ['cluster.created', 198, `${shift(today, -9)}T22:14:05.000Z`],
].map(([eventType, duplicates, receivedAt], index) => ({
  id: String(3 - index),
  eventType,
  duplicates,
  receivedAt,
}))

export const eventsResponse = ({ kind = 'received', type, tenantId, limit = '50', before }: Query) => {
  const created: StoredEvent = {
    id: '00000000-0000-4000-8000-000000000999',
    eventType: 'tenant.created',
    tenantId: tenantId ?? '',
    occurredAt: '2026-10-01T09:12:33.000Z',
    receivedAt: '2026-10-01T09:12:34.000Z',
    lagMs: 1000,
    isImplausible: false,
    payload: { siteUrl: 'https://gallery.example' },
  }
  const found = (type === 'tenant.created' && tenantId ? [created] : storedEvents).filter(
    (event) =>
      (type === undefined || event.eventType === type) &&
      (tenantId === undefined || event.tenantId === tenantId) &&
      (before === undefined || event.receivedAt < before),
  )
  const events = kind === 'received' ? found.slice(0, Number(limit)) : []
  return eventsResponseSchema.parse({
    ok: true,
    kind,
    events,
    duplicates:
      kind === 'duplicate'
        ? arrivedAgain.filter(({ eventType }) => type === undefined || eventType === type)
        : [],
    refusals:
      kind !== 'refused'
        ? []
        : ['unauthorized', 'invalid_signature', 'of_the_host'].map((reason, index) => ({
            id: `r${index}`,
            refusedAt: `${today}T12:00:0${index}.000Z`,
            endpoint: '/v1/webhooks/description-service',
            status: 401,
            reason,
            words: null,
          })),
    page: {
      limit: Number(limit),
      next: events.length < found.length && kind === 'received' ? (events.at(-1)?.receivedAt ?? null) : null,
      latest: null,
    },
    freshness,
  })
}
