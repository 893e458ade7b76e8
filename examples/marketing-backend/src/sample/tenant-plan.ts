import type { DescriptionServiceContract } from '@altcontext/webhook-contract'
import type { Emitter } from '@altcontext/webhook-emitter'
import type { Random } from './create-random.ts'

export type SampleEmitter = Emitter<DescriptionServiceContract>

/** Something that happens in the product: `fire` is the line of code that the product has at that place. */
export interface PlannedProductEvent {
  at: Date
  fire: (emitter: SampleEmitter) => Promise<unknown>
}

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

export interface TenantSeed {
  /** The number of the visitor, not of the tenant: a later visitor may create a tenant earlier, which would move the others. */
  visitor: number
  tenantId: string
  /** The owner's address in the product's own spelling; it may or may not be a lead's. */
  email: string
  createdAt: Date
  /** How likely it is that the tenant gets a key, that it then scans, and that it comes back. */
  rates: { keyRate: number; scanRate: number; returnRate: number }
}

/**
 * A tenant's life from its creation to `until`: a key, then a first scan, then more on other days; some go quiet after a while.
 * With a later `until` the beginning is the same.
 */
export const planTenant = (random: Random, tenant: TenantSeed, until: Date): PlannedProductEvent[] => {
  const { tenantId, createdAt, rates } = tenant
  const events = [tenantCreated(random, tenant)]
  const keyAt = new Date(createdAt.getTime() + random.integer(2, 400) * minuteMs)
  if (random.chance(rates.keyRate)) {
    events.push(apiKeyCreated(random, tenantId, keyAt))
    const firstScanAt = keyAt.getTime() + random.integer(1, 60) * hourMs * random.next()
    if (random.chance(rates.scanRate)) {
      for (const at of scanMoments(random, { firstScanAt, untilMs: until.getTime(), rates })) {
        events.push(...planScan(random, tenantId, new Date(at)))
      }
    }
  }
  return events.filter(({ at }) => at <= until)
}

interface ScanSeed {
  firstScanAt: number
  untilMs: number
  rates: TenantSeed['rates']
}

function* scanMoments(random: Random, { firstScanAt, untilMs, rates }: ScanSeed) {
  yield firstScanAt
  if (!random.chance(rates.returnRate)) return
  const scansPerDay = random.pick([0.4, 0.7, 1, 1.6])
  const quietAt = random.chance(0.15)
    ? firstScanAt + random.integer(12, 30) * dayMs
    : Number.POSITIVE_INFINITY
  let at = firstScanAt + dayMs
  while (at < Math.min(quietAt, untilMs)) {
    const weekday = new Date(at).getUTCDay()
    // Few tenants scan at weekends.
    if ((weekday !== 0 && weekday !== 6) || random.chance(0.4)) yield at
    at += (random.next() + 0.5) * (dayMs / scansPerDay)
  }
}

const tenantCreated = (random: Random, { tenantId, email, createdAt }: TenantSeed): PlannedProductEvent => {
  const siteUrl = `https://${email.trim().split('@')[1]?.toLowerCase()}/`
  return planned(random, createdAt, (emitter, options) =>
    emitter.emit('tenant.created', { tenantId, siteUrl, email }, options),
  )
}

const apiKeyCreated = (random: Random, tenantId: string, at: Date): PlannedProductEvent => {
  const keyPrefix = `ac_live_${random.integer(0x1000, 0xffff).toString(16)}`
  const rateLimitTier = random.pick(['free', 'standard', 'standard', 'professional'])
  return planned(random, at, (emitter, options) =>
    emitter.emit('apikey.created', { tenantId, keyPrefix, rateLimitTier }, options),
  )
}

/** With an id that is the same every time, so that an event that is sent again is a duplicate and not another event. */
const planned = (
  random: Random,
  at: Date,
  emit: (emitter: SampleEmitter, options: { occurredAt: Date; eventId: string }) => Promise<unknown>,
): PlannedProductEvent => {
  const options = { occurredAt: at, eventId: random.uuid() }
  return { at, fire: (emitter) => emit(emitter, options) }
}

const failures = [
  'The image could not be decoded',
  'The GPU ran out of memory',
  'The media library did not respond',
]

/** One scan job and what follows from it. */
const planScan = (random: Random, tenantId: string, at: Date): PlannedProductEvent[] => {
  const jobId = random.uuid()
  const mediaCount = random.integer(3, 60)
  const after = (seconds: number) => new Date(at.getTime() + seconds * 1_000)
  if (random.chance(0.04)) {
    const errorMessage = random.pick(failures)
    return [
      planned(random, at, (emitter, options) =>
        emitter.emit('scan.failed', { tenantId, jobId, mediaCount, errorMessage }, options),
      ),
    ]
  }
  const identitiesDetected = Math.round(mediaCount * (0.8 + random.next() * 2.4))
  const durationMs = mediaCount * random.integer(90, 160) + random.integer(200, 900)
  const clusters = random.integer(0, 2)
  const suggestions = random.integer(0, 3)
  return [
    planned(random, at, (emitter, options) =>
      emitter.emit(
        'scan.completed',
        { tenantId, jobId, mediaCount, identitiesDetected, durationMs },
        options,
      ),
    ),
    ...Array.from({ length: clusters }, (_, index): PlannedProductEvent => {
      const clusterId = random.uuid()
      const identityCount = random.integer(2, 14)
      const algorithm = random.pick(['representative', 'centroid', 'graph'])
      return planned(random, after(2 + index), (emitter, options) =>
        emitter.emit('cluster.created', { tenantId, clusterId, identityCount, algorithm }, options),
      )
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
    return planned(random, after(60 + index * random.integer(20, 900)), (emitter, options) =>
      emitter.emit('suggestion.resolved', { tenantId, suggestionId, resolution }, options),
    )
  }).filter(() => random.chance(0.82))
  return [
    planned(random, generatedAt, (emitter, options) =>
      emitter.emit('suggestion.generated', { tenantId, count, jobId }, options),
    ),
    ...resolved,
  ]
}
