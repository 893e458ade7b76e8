import { z } from 'zod'

/**
 * Why a number is `null`. An undefined number is never reported as 0.
 *
 * | reason | the number is undefined because |
 * |---|---|
 * | `never_rolled_up` | events were received, but no rollup has run yet |
 * | `no_scans` | no scan ended in the window, neither completed nor failed |
 * | `no_completed_scans` | no scan was completed in the window |
 * | `no_durations` | scans were completed, but none with a readable duration |
 * | `no_suggestions_generated` | no suggestion was generated in the window |
 * | `marketing_not_rolled_up` | the host has no daily rollup for any day of the window |
 * | `no_visitors` | the host counted no visitor in the window |
 * | `no_leads` | the host counted no lead in the window |
 * | `no_tenants_created` | no tenant was created in the window |
 * | `no_first_scans` | no tenant of the window has completed a scan |
 * | `no_api_keys` | no tenant of the window has an API key |
 * | `no_returns` | no tenant of the window has completed a scan on a second day |
 * | `no_mature_tenants` | no tenant of the window is older than the horizon yet |
 * | `horizon_not_reached` | no tenant was observed long enough to estimate as far as the horizon |
 * | `no_variance` | none or all of the tenants converted: the estimate has no interval |
 * | `too_few` | too few tenants to rank |
 * | `not_a_channel` | the row is not a channel |
 * | `one_tenant` | only one tenant was asked for |
 * | `not_attributed` | no lead is known for the tenant, or no channel for the leads |
 * | `not_seen` | no such event of the tenant was received |
 * | `not_over` | the week or month is not over yet |
 * | `not_kept` | the rollups of the week or month are past their retention |
 */
export const nullReasonSchema = z.enum([
  'never_rolled_up',
  'no_scans',
  'no_completed_scans',
  'no_durations',
  'no_suggestions_generated',
  'marketing_not_rolled_up',
  'no_visitors',
  'no_leads',
  'no_tenants_created',
  'no_first_scans',
  'no_api_keys',
  'no_returns',
  'no_mature_tenants',
  'horizon_not_reached',
  'no_variance',
  'too_few',
  'not_a_channel',
  'one_tenant',
  'not_attributed',
  'not_seen',
  'not_over',
  'not_kept',
])

/** See {@link nullReasonSchema}. */
export type NullReason = z.infer<typeof nullReasonSchema>

/**
 * Why a delta is `null`.
 *
 * | reason | there is no delta because |
 * |---|---|
 * | `not_requested` | the request did not ask for `compareTo` |
 * | `no_value` | the value itself is null |
 * | `previous_zero` | the previous value is 0, by which nothing can be divided |
 * | `previous_undefined` | the previous value is null |
 * | `previous_not_covered` | the previous window starts before the first day with data, or before the retention |
 * | `open_day` | the window has no day that is over |
 * | `tenant_too_young` | the tenant was created after the previous window began |
 * | `previous_incomplete` | events of the previous window have not been rolled up yet |
 */
export const deltaReasonSchema = z.enum([
  'not_requested',
  'no_value',
  'previous_zero',
  'previous_undefined',
  'previous_not_covered',
  'previous_incomplete',
  'open_day',
  'tenant_too_young',
])

/** See {@link deltaReasonSchema}. */
export type DeltaReason = z.infer<typeof deltaReasonSchema>
