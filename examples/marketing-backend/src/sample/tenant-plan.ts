import type { DescriptionServiceContract } from '@altcontext/webhook-contract'
import type { Emitter } from '@altcontext/webhook-emitter'
import type { Random } from './create-random.ts'

export type SampleEmitter = Emitter<DescriptionServiceContract>

/** Something that happens in the product: `fire` is the line of code that the product has at that place. */
export interface PlannedProductEvent {
  at: Date
  fire: (emitter: SampleEmitter) => Promise<unknown>
}

const hourMs = 3_600_000
const dayMs = 24 * hourMs

interface TenantSeed {
  tenantId: string
  /** The owner's address in the product's own spelling; it may or may not be a lead's. */
  email: string
  createdAt: Date
}

/** A tenant's life from its creation to `until`: most get a key, most of those scan, some go quiet. */
export const planTenant = (random: Random, tenant: TenantSeed, until: Date): PlannedProductEvent[] => {
  const { tenantId, createdAt } = tenant
  const events = [tenantCreated(tenant)]
  if (!random.chance(0.85)) return events
  const keyAt = new Date(createdAt.getTime() + random.integer(2, 600) * 60_000)
  events.push(apiKeyCreated(random, tenantId, keyAt))
  if (!random.chance(0.85)) return events.filter(({ at }) => at <= until)

  const scansPerDay = random.pick([0.3, 0.6, 1, 2])
  const quietAt = random.chance(0.25) ? keyAt.getTime() + random.integer(5, 20) * dayMs : until.getTime()
  let at = keyAt.getTime() + random.integer(1, 48) * hourMs
  while (at < Math.min(quietAt, until.getTime())) {
    events.push(...planScan(random, tenantId, new Date(at)))
    at += (random.next() + 0.5) * (dayMs / scansPerDay)
  }
  return events.filter((event) => event.at <= until)
}

const tenantCreated = ({ tenantId, email, createdAt }: TenantSeed): PlannedProductEvent => ({
  at: createdAt,
  fire: (emitter) =>
    emitter.emit('tenant.created', { tenantId, siteUrl: siteOf(email), email }, { occurredAt: createdAt }),
})

const siteOf = (email: string) => `https://${email.trim().split('@')[1]?.toLowerCase()}/`

const apiKeyCreated = (random: Random, tenantId: string, at: Date): PlannedProductEvent => {
  const keyPrefix = `ac_live_${random.integer(0x1000, 0xffff).toString(16)}`
  const rateLimitTier = random.pick(['free', 'standard', 'standard', 'professional'])
  return {
    at,
    fire: (emitter) =>
      emitter.emit('apikey.created', { tenantId, keyPrefix, rateLimitTier }, { occurredAt: at }),
  }
}

const failures = [
  'The image could not be decoded',
  'The GPU ran out of memory',
  'The media library did not answer',
]

/** One scan job and what follows from it. */
export const planScan = (random: Random, tenantId: string, at: Date): PlannedProductEvent[] => {
  const jobId = random.uuid()
  const mediaCount = random.integer(3, 60)
  const after = (seconds: number) => new Date(at.getTime() + seconds * 1_000)
  if (random.chance(0.04)) {
    const errorMessage = random.pick(failures)
    const fire = (emitter: SampleEmitter) =>
      emitter.emit('scan.failed', { tenantId, jobId, mediaCount, errorMessage }, { occurredAt: at })
    return [{ at, fire }]
  }
  const identitiesDetected = Math.round(mediaCount * (0.8 + random.next() * 2.4))
  const durationMs = mediaCount * random.integer(90, 160) + random.integer(200, 900)
  const clusters = random.integer(0, 2)
  const suggestions = random.integer(0, 3)
  return [
    {
      at,
      fire: (emitter) =>
        emitter.emit(
          'scan.completed',
          { tenantId, jobId, mediaCount, identitiesDetected, durationMs },
          { occurredAt: at },
        ),
    },
    ...Array.from({ length: clusters }, (_, index): PlannedProductEvent => {
      const clusterId = random.uuid()
      const identityCount = random.integer(2, 14)
      const algorithm = random.pick(['representative', 'centroid', 'graph'])
      const occurredAt = after(2 + index)
      return {
        at: occurredAt,
        fire: (emitter) =>
          emitter.emit('cluster.created', { tenantId, clusterId, identityCount, algorithm }, { occurredAt }),
      }
    }),
    ...(suggestions > 0 ? planSuggestions(random, { tenantId, jobId, count: suggestions, after }) : []),
  ]
}

interface Suggestions {
  tenantId: string
  jobId: string
  count: number
  after: (seconds: number) => Date
}

const planSuggestions = (
  random: Random,
  { tenantId, jobId, count, after }: Suggestions,
): PlannedProductEvent[] => {
  const generatedAt = after(6)
  const resolved = Array.from({ length: count }, (_, index): PlannedProductEvent => {
    const suggestionId = random.uuid()
    const resolution = random.chance(0.8) ? 'accepted' : 'rejected'
    const occurredAt = after(60 + index * random.integer(20, 900))
    return {
      at: occurredAt,
      fire: (emitter) =>
        emitter.emit('suggestion.resolved', { tenantId, suggestionId, resolution }, { occurredAt }),
    }
  }).filter(() => random.chance(0.82))
  return [
    {
      at: generatedAt,
      fire: (emitter) =>
        emitter.emit('suggestion.generated', { tenantId, count, jobId }, { occurredAt: generatedAt }),
    },
    ...resolved,
  ]
}
