import { contractLimits, toEventIssues } from '@altcontext/webhook-contract'
import { nearestName } from '@altcontext/webhook-contract/options'
import { z } from 'zod'
import { invalidRequest } from '../metrics-error.ts'
import { cohortPeriods } from '../responses/cohorts-response.ts'
import { type Horizon, horizons } from '../responses/conversion.ts'
import { eventKinds } from '../responses/events-response.ts'
import { cohortCounts, tenantSortKeys } from '../responses/tenants-response.ts'
import { touchDimensions } from '../touches/to-touch.ts'

const words: Readonly<Record<string, boolean>> = {
  '1': true,
  true: true,
  yes: true,
  on: true,
  '0': false,
  false: false,
  no: false,
  off: false,
}

/** The host's booleans, in any case. */
export const boolean = z
  .string()
  .refine((text) => Object.hasOwn(words, text.toLowerCase()), {
    error: 'Expected one of 1, true, yes, on, 0, false, no, off',
  })
  .transform((text) => words[text.toLowerCase()] === true)

const wholeNumber = (from: number, to: number) =>
  z
    .string()
    .refine((text) => /^\d{1,9}$/.test(text) && Number(text) >= from && Number(text) <= to, {
      error: `Expected a whole number from ${from} to ${to}`,
    })
    .transform(Number)

/** The largest page, and the default of CSV. */
export const maxTenants = 10_000

const day = z.string().meta({ format: 'date', description: 'A UTC day, as YYYY-MM-DD' })

// Days are checked in resolveWindow, as they are for every other caller.
const windowQuery = {
  from: day.meta({ description: 'The first UTC day. By default 29 days before `to`.' }).optional(),
  to: day.meta({ description: 'The last UTC day, itself included. By default today.' }).optional(),
}

// PostgreSQL cannot hold NUL characters, so no id contains one.
const tenantText = z
  .string()
  .max(contractLimits.maxTenantIdLength)
  .refine((text) => !text.includes('\0'), { error: 'Expected text without NUL characters' })

const horizonQuery = {
  horizonDays: z
    .enum(horizons.map(String) as ['7', '14', '30'], { error: `Expected one of ${horizons.join(', ')}` })
    .transform((text) => Number(text) as Horizon)
    .meta({ description: 'How many days a tenant has to convert. By default 14.' })
    .optional(),
}

export const channelsQuerySchema = z.strictObject({
  ...windowQuery,
  ...horizonQuery,
  by: z.enum(touchDimensions, { error: `Expected one of ${touchDimensions.join(', ')}` }).optional(),
  touch: z.enum(['first', 'last'], { error: 'Expected first or last' }).optional(),
})

export const serviceUsageQuerySchema = z.strictObject({
  ...windowQuery,
  ...horizonQuery,
  tenantId: tenantText.min(1).optional(),
  compareTo: boolean.meta({ description: 'Add deltas to the window before.' }).optional(),
})

/** Like a tenant's id, a channel's name is the rest of the path. */
export const channelParamsSchema = z.object({
  '*': tenantText
    .min(1)
    .meta({ description: 'In any spelling, percent-encoded; none for tenants without a known lead.' }),
})

export const channelQuerySchema = z.strictObject({ ...windowQuery, ...horizonQuery })

const cohortCount = z.enum(cohortCounts, { error: `Expected one of ${cohortCounts.join(', ')}` })

const channelQuery = tenantText
  .min(1)
  .meta({
    description: 'Only tenants of this channel, in any spelling; none for those without a known lead.',
  })
  .optional()

export const tenantsQuerySchema = z.strictObject({
  ...windowQuery,
  ...horizonQuery,
  search: tenantText.meta({ description: 'Only tenants whose id contains this, in any case.' }).optional(),
  counted: cohortCount
    .meta({ description: 'Only tenants that this number of the funnel counts.' })
    .optional(),
  notCounted: cohortCount
    .meta({
      description: 'Only tenants created in the window that this number of the funnel does not count.',
    })
    .optional(),
  channel: channelQuery,
  sort: z.enum(tenantSortKeys, { error: `Expected one of ${tenantSortKeys.join(', ')}` }).optional(),
  order: z.enum(['asc', 'desc'], { error: 'Expected asc or desc' }).optional(),
  limit: z.optional(wholeNumber(1, maxTenants)),
  offset: z.optional(wholeNumber(0, 999_999_999)),
  after: z
    .string()
    .max(1000)
    .meta({ description: 'page.next of the page before, in the same order. Instead of offset.' })
    .optional(),
})

export const windowQuerySchema = z.strictObject(windowQuery)

export const restatementsQuerySchema = z.strictObject({
  ...windowQuery,
  limit: z.optional(wholeNumber(1, maxTenants)),
  offset: z.optional(wholeNumber(0, 999_999_999)),
})

export const cohortsQuerySchema = z.strictObject({
  from: day
    .meta({ description: 'A day of the first cohort. By default eleven weeks or months before `to`.' })
    .optional(),
  to: windowQuery.to,
  by: z.enum(cohortPeriods, { error: `Expected one of ${cohortPeriods.join(', ')}` }).optional(),
  channel: channelQuery,
})

const eventsPage = z.optional(wholeNumber(1, 500))
const before = z.string().meta({ description: 'page.next of the page before.' }).optional()

/** A tenant's id is the rest of the path: Fastify allows at most 100 characters in a named part of it. */
export const tenantParamsSchema = z.object({
  '*': tenantText.min(1).meta({ description: 'The id of the tenant, percent-encoded.' }),
})

export const tenantQuerySchema = z.strictObject({
  ...windowQuery,
  limit: eventsPage.meta({ description: 'Events on a page. By default 50.' }),
  before,
})

export const eventsQuerySchema = z.strictObject({
  ...windowQuery,
  kind: z
    .enum(eventKinds, { error: `Expected one of ${eventKinds.join(', ')}` })
    .meta({
      description:
        'Events that were stored, how many arrived again, or requests that were refused. By default received.',
    })
    .optional(),
  type: tenantText.min(1).meta({ description: 'Only events of this type.' }).optional(),
  tenantId: tenantText.min(1).optional(),
  limit: eventsPage,
  before,
  after: z
    .string()
    .meta({ description: 'page.latest of an earlier response: events received since.' })
    .optional(),
})

/** For the routes that take no parameters. */
export const emptyQuerySchema = z.strictObject({})

/** @throws {MetricsError} `invalid_request`, with the fields; a parameter that is unknown is one of them. */
export const parseQuery = <Query extends z.ZodObject>(schema: Query, query: unknown): z.output<Query> => {
  const result = schema.safeParse(query)
  if (result.success) return result.data
  const issues = result.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((name) => ({ path: name, message: unknownName(name, Object.keys(schema.shape)) }))
      : toEventIssues([issue]),
  )
  throw invalidRequest('read the query', issues)
}

const unknownName = (name: string, known: readonly string[]): string => {
  if (known.length === 0) return 'Expected no parameter at all'
  const nearest = nearestName(name, known)
  return nearest === undefined
    ? `Expected one of the parameters ${known.join(', ')}`
    : `Unknown parameter. Did you mean ${nearest}?`
}
