import { z } from 'zod'
import { ratioSchema, total } from './metric.ts'

/**
 * The acquisition funnel of a window (decisions/0010). The tenant stages are a cohort: tenants created in the
 * window, each stage a subset of the one before it. It always covers all tenants.
 */
export const funnelSchema = z.object({
  /** Sum of the host's daily unique visitors; who comes on two days counts twice. */
  marketingVisitors: total,
  /** Sum of the host's daily new leads. */
  leadsCaptured: total,
  /** @deprecated The roadmap's misspelling of `leadsCaptured`; always the same value. */
  leadsCapured: total.meta({ deprecated: true }),
  tenantsCreated: total,
  tenantsWithApiKey: total,
  tenantsWithFirstScan: total,
  /** Of those with a first scan: completed one in the 30 days ending at the window's last day. */
  tenantsActive30d: total,
  /** Tenants created in the window that a lead is known of. Not a stage. */
  tenantsWithLead: total,
  /** Tenants created in the window that scanned without an `apikey.created`: in no stage past the first. */
  tenantsWithScanButNoApiKey: total,
  /** Tenants created in the window, less than `tooYoungDays` ago, without a first scan: too young to judge. */
  tenantsTooYoung: total,
  tooYoungDays: total,
  /** Days of the window for which the host has a daily rollup of the marketing property. */
  marketingDaysCovered: total,
  /** Rates within the cohort, 0 to 1, and ratios between numbers that are not linked row by row. */
  rates: z.object({
    /** `leadsCaptured / marketingVisitors` */
    visitorToLeadRatio: ratioSchema,
    /** `tenantsWithLead / leadsCaptured` (roadmap §7 "Leads → tenants conversion rate"). */
    leadToTenantRatio: ratioSchema,
    /** `tenantsWithApiKey / tenantsCreated` (roadmap §7 "API key creation rate"). */
    apiKeyCreationRate: ratioSchema,
    /** Tenants created in the window with a scan, by `tenantsCreated` (roadmap §7 "Tenant activation rate"). */
    activationRate: ratioSchema,
    /** `tenantsActive30d / tenantsCreated` */
    active30dRate: ratioSchema,
  }),
  /** Median of first scan minus creation over the cohort's tenants that have both, in milliseconds. */
  medianTimeToFirstScanMs: ratioSchema,
})

/** See {@link funnelSchema}. */
export type Funnel = z.infer<typeof funnelSchema>
