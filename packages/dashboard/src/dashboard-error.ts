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
export class DashboardError extends Error {
  override readonly name = 'DashboardError'
  readonly code: DashboardErrorCode

  constructor(code: DashboardErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

export const isDashboardError = (error: unknown): error is DashboardError => error instanceof DashboardError
