import { z } from 'zod'
import { freshnessSchema } from './freshness.ts'
import { total, windowSchema } from './metric.ts'
import { nullReasonSchema } from './reasons.ts'

// Each is null where it is unknown, and `reasons` says why.
const nullableFields = {
  channel: z.string().nullable(),
  tenantCreatedAt: z.iso.datetime().nullable(),
  firstApiKeyAt: z.iso.datetime().nullable(),
  firstScanAt: z.iso.datetime().nullable(),
  timeToFirstScanMs: total.nullable(),
  scansCompleted: total.nullable(),
  scansFailed: total.nullable(),
  scanSuccessRate: z.number().nullable(),
  mediaProcessed: total.nullable(),
  identitiesDetected: total.nullable(),
  avgScanDurationMs: total.nullable(),
  clustersCreated: total.nullable(),
  suggestionsGenerated: total.nullable(),
  suggestionsResolved: total.nullable(),
  /** The last UTC day with a completed scan, whether or not it is in the window. */
  lastActiveDay: z.iso.date().nullable(),
}

const nullableNames = Object.keys(nullableFields) as (keyof typeof nullableFields)[]

/** One tenant: where it came from, how far it got, what it used in the window. */
export const tenantRowSchema = z.object({
  tenantId: z.string(),
  ...nullableFields,
  /** Why each field that is null is null, by the field's name. */
  reasons: z.partialRecord(z.enum(nullableNames), nullReasonSchema),
})

/** See {@link tenantRowSchema}. */
export type TenantRow = z.infer<typeof tenantRowSchema>

/** What `sort` of `GET /v1/metrics/tenants` may name: every field of a row but `reasons`. */
export const tenantSortKeys = ['tenantId', ...nullableNames] as const

export type TenantSortKey = (typeof tenantSortKeys)[number]

/**
 * The numbers of the funnel that count tenants created in the window, and that `counted` of the route may name. `tenantsMature` and
 * `tenantsMatureReturned` are `n` and `count` of `conversions.returned`.
 */
export const cohortCounts = [
  'tenantsCreated',
  'tenantsWithApiKey',
  'tenantsWithFirstScan',
  'tenantsActive30d',
  'tenantsReturned',
  'tenantsMature',
  'tenantsMatureReturned',
  'tenantsWithLead',
  'tenantsWithScanButNoApiKey',
  'tenantsTooYoung',
] as const

export type CohortCount = (typeof cohortCounts)[number]

/** The response of `GET /v1/metrics/tenants?from&to&sort&order=asc|desc&limit&offset&after`. */
export const tenantsResponseSchema = z.object({
  ok: z.literal(true),
  window: windowSchema,
  tenants: z.array(tenantRowSchema),
  page: z.object({
    limit: z.int().min(1),
    offset: total,
    /** Tenants on all pages. */
    total,
    /** `after` of the page that follows; null on the last. */
    next: z.string().nullable(),
    sort: z.enum(tenantSortKeys),
    order: z.enum(['asc', 'desc']),
  }),
  freshness: freshnessSchema,
})

/** See {@link tenantsResponseSchema}. */
export type TenantsResponse = z.infer<typeof tenantsResponseSchema>
