import { randomUUID } from 'node:crypto'
import { v5, v7 } from 'uuid'

/** An event as it travels, with the id that an emitter gives it. */
export interface SampleEvent {
  id: string
  eventType: string
  tenantId: string
  occurredAt: string
  payload: Record<string, unknown>
}

export interface SampleEventsOptions {
  count: number
  /** `mixed`: the events of a product in a day, mostly scans, one new tenant in a hundred. */
  kind: 'mixed' | 'scan.completed' | 'tenant.created'
  /** @default 1000 */
  tenants?: number
  /** Addresses of `tenant.created` are those of leads `1..leads`. @default 1000 */
  leads?: number
  /** The ids are derived from it, so that several load generators send events with the same ids. @default new ones */
  idSeed?: string
}

/** Events of the last hours, some 350 bytes each; no two are the same event. */
export const sampleEvents = ({
  count,
  kind,
  tenants = 1000,
  leads = 1000,
  idSeed,
}: SampleEventsOptions): SampleEvent[] => {
  // Each call starts at another moment, so that events of different calls do not collide.
  const startMs = Date.now() - Math.floor((1 + 9 * Math.random()) * 3_600_000)
  return Array.from({ length: count }, (_, index) => {
    const eventType = kind === 'mixed' ? mixedType(index) : kind
    // A tenant is created once; everything else happens to an existing one.
    const isNew = eventType === 'tenant.created'
    const tenantId = isNew ? randomUUID() : tenantIdOf(Math.floor(Math.random() * tenants))
    const occurredAt = new Date(startMs + index).toISOString()
    return {
      id: idSeed === undefined ? v7() : v5(`${idSeed} ${index}`, v5.URL),
      eventType,
      tenantId,
      occurredAt,
      payload: payloadOf(eventType, tenantId, occurredAt, leads),
    }
  })
}

const mixedType = (index: number): string => {
  const share = index % 100
  if (share < 60) return 'scan.completed'
  if (share < 65) return 'scan.failed'
  if (share < 85) return 'cluster.created'
  if (share < 92) return 'suggestion.generated'
  if (share < 98) return 'suggestion.resolved'
  return share === 98 ? 'apikey.created' : 'tenant.created'
}

export const tenantIdOf = (index: number): string =>
  `00000000-0000-4000-8000-${index.toString(16).padStart(12, '0')}`

export const leadAddressOf = (index: number): string => `lead${index}@example.com`

const payloadOf = (
  eventType: string,
  tenantId: string,
  occurredAt: string,
  leads: number,
): Record<string, unknown> => {
  const count = Math.floor(Math.random() * 100)
  switch (eventType) {
    case 'tenant.created':
      return {
        tenantId,
        siteUrl: 'https://customer.example/shop',
        email: leadAddressOf(1 + Math.floor(Math.random() * leads)),
        createdAt: occurredAt,
      }
    case 'apikey.created':
      return { tenantId, keyPrefix: 'ak_live_4fA9', rateLimitTier: 'standard', createdAt: occurredAt }
    case 'scan.completed':
      return {
        tenantId,
        jobId: randomUUID(),
        mediaCount: count,
        identitiesDetected: count * 3,
        durationMs: 1000 + count,
        completedAt: occurredAt,
      }
    case 'scan.failed':
      return {
        tenantId,
        jobId: randomUUID(),
        mediaCount: count,
        errorMessage: 'media could not be decoded',
        failedAt: occurredAt,
      }
    case 'cluster.created':
      return {
        tenantId,
        clusterId: randomUUID(),
        identityCount: count,
        algorithm: 'centroid',
        createdAt: occurredAt,
      }
    case 'suggestion.generated':
      return { tenantId, count, jobId: randomUUID(), createdAt: occurredAt }
    default:
      return { tenantId, suggestionId: randomUUID(), resolution: 'accepted', resolvedAt: occurredAt }
  }
}
