import { contractLimits, toEventIssues } from '@altcontext/webhook-contract'
import { z } from 'zod'
import { MetricsError } from '../metrics-error.ts'
import { type Horizon, horizons } from '../responses/conversion.ts'
import { tenantSortKeys } from '../responses/tenants-response.ts'

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
const boolean = z
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

/** The largest page, and what CSV answers by default. */
export const mostTenants = 10_000

const day = z.string().meta({ format: 'date', description: 'A UTC day, as YYYY-MM-DD' })

// Days are checked where every other caller's are, in resolveWindow.
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

export const channelsQuerySchema = z.object({ ...windowQuery, ...horizonQuery })

export const serviceUsageQuerySchema = z.object({
  ...windowQuery,
  ...horizonQuery,
  tenantId: tenantText.min(1).optional(),
  compareTo: boolean.meta({ description: 'Add deltas to the window before.' }).optional(),
})

export const tenantsQuerySchema = z.object({
  ...windowQuery,
  search: tenantText.meta({ description: 'Only tenants whose id contains this, in any case.' }).optional(),
  sort: z.enum(tenantSortKeys, { error: `Expected one of ${tenantSortKeys.join(', ')}` }).optional(),
  order: z.enum(['asc', 'desc'], { error: 'Expected asc or desc' }).optional(),
  limit: wholeNumber(1, mostTenants).optional(),
  offset: wholeNumber(0, 999_999_999).optional(),
})

/** @throws {MetricsError} `invalid_request`, with the fields. */
export const parseQuery = <Query extends z.ZodType>(schema: Query, query: unknown): z.output<Query> => {
  const result = schema.safeParse(query)
  if (result.success) return result.data
  const issues = toEventIssues(result.error.issues)
  throw new MetricsError(
    'invalid_request',
    `Failed to read the query: ${issues.map(({ path, message }) => `${path}: ${message}`).join('; ')}.`,
    issues,
  )
}
