import { CodedError } from '@altcontext/webhook-contract'

/**
 * What can go wrong when the dashboard is registered.
 *
 * | code | when | what to do |
 * |---|---|---|
 * | `invalid_options` | an option is missing or out of range; the message names every one | correct the options |
 * | `page_not_built` | the page's files are not in the package | run its `build:app` script |
 */
export type DashboardErrorCode = 'invalid_options' | 'page_not_built'

/** Thrown while the plugin is registered; never while it handles a request. */
export class DashboardError extends CodedError<DashboardErrorCode> {
  override readonly name = 'DashboardError'
}

export const isDashboardError = (error: unknown): error is DashboardError => error instanceof DashboardError
