import { z } from 'zod'
import { conversionsSchema } from './conversion.ts'
import { durationsSchema } from './durations.ts'
import { quantitySchema, ratioSchema, total } from './metric.ts'
import { nullReasonSchema } from './reasons.ts'

/**
 * The acquisition funnel of a window (decisions/0010). The tenant stages are a cohort, tenants created in the window,
 * and each stage is counted by itself. It always covers all tenants.
 */
export const funnelSchema = z.object({
  /** Sum of the host's daily unique visitors; a visitor who comes on two days counts twice. */
  marketingVisitors: total,
  /** Sum of the host's daily new leads. */
  leadsCaptured: total,
  /** @deprecated The roadmap's misspelling of `leadsCaptured`; always the same value. */
  leadsCapured: total.meta({ deprecated: true }),
  tenantsCreated: total,
  /** Of those, with at least one `apikey.created`. */
  tenantsWithApiKey: total,
  /** Of those created, with at least one `scan.completed`, whether or not an `apikey.created` was received. */
  tenantsWithFirstScan: total,
  /** Of those created, with a completed scan in the 30 days ending at the window's last day. */
  tenantsActive30d: total.nullable(),
  /** Of those created, with a completed scan on a later UTC day than the first, within the horizon of `conversions`. */
  tenantsReturned: total.nullable(),
  /** Tenants created in the window that have a known lead. Not a stage. */
  tenantsWithLead: total,
  /** Tenants created in the window that scanned without an `apikey.created`. */
  tenantsWithScanButNoApiKey: total,
  /** Tenants created in the window, less than `tooYoungDays` ago, without a first scan: too young to judge. */
  tenantsTooYoung: total,
  tooYoungDays: total,
  /** All tenants, whenever created, with a completed scan in the window. Not a part of the cohort. */
  activeTenants: total.nullable(),
  /** Days of the window for which the host has a daily rollup of the marketing property. */
  marketingDaysCovered: total,
  /** The last day, in the window or not, for which the host has a daily rollup of it: what `freshness` is for the bridge. */
  marketingRolledUpThrough: z.iso.date().nullable(),
  /** Rates within the cohort, 0 to 1, and ratios between numbers that are not linked row by row. */
  rates: z.object({
    /** `leadsCaptured / marketingVisitors` */
    visitorToLeadRatio: ratioSchema,
    /** `tenantsWithLead / leadsCaptured` (roadmap §7 "Leads → tenants conversion rate"). */
    leadToTenantRatio: ratioSchema,
    /** `tenantsWithApiKey / tenantsCreated` (roadmap §7 "API key creation rate"). */
    apiKeyCreationRate: ratioSchema,
    /** `tenantsWithFirstScan / tenantsCreated` (roadmap §7 "Tenant activation rate"). */
    activationRate: ratioSchema,
    /** `tenantsReturned / tenantsCreated` */
    returnRate: ratioSchema,
    /** `tenantsActive30d / tenantsCreated` */
    active30dRate: ratioSchema,
  }),
  /** What can be compared between windows: conversions of tenants that have had time for them, and how certain they are. */
  conversions: conversionsSchema,
  /** How long tenants of the window took from their creation to each stage; for the return, in whole UTC days. */
  durations: z.object({
    apiKey: durationsSchema,
    firstScan: durationsSchema,
    returned: durationsSchema,
  }),
  /** The same as `durations.firstScan.p50Ms`. */
  medianTimeToFirstScanMs: quantitySchema,
  /** Why each field that is null is null, by the field's name. */
  reasons: z.partialRecord(
    z.enum(['tenantsActive30d', 'tenantsReturned', 'activeTenants', 'marketingRolledUpThrough']),
    nullReasonSchema,
  ),
})

/** See {@link funnelSchema}. */
export type Funnel = z.infer<typeof funnelSchema>
