/** Why there is no response; each reason has its own sentence on the page. */
export type ReportProblem =
  | 'signedOut'
  | 'network'
  | 'backend'
  | 'unauthorized'
  | 'notMounted'
  | 'notFound'
  | 'invalid'
  | 'rateLimited'

export class ReportError extends Error {
  override readonly name = 'ReportError'
  readonly problem: ReportProblem

  constructor(problem: ReportProblem, options?: ErrorOptions) {
    super(`Failed to read a report: ${problem}.`, options)
    this.problem = problem
  }
}

const timeoutMs = 60_000

/** An address below the page, such as `api/tenants?limit=25`; parameters without a value are left out. */
export const reportAddress = (name: string, query: Record<string, string | number | undefined>): string => {
  const search = new URLSearchParams()
  for (const [key, value] of Object.entries(query))
    if (value !== undefined && value !== '') search.set(key, String(value))
  return search.size === 0 ? `api/${name}` : `api/${name}?${search}`
}

/**
 * Reads one report.
 *
 * @throws {ReportError} for everything but a report; the browser's `AbortError` when `signal` was aborted.
 */
export const fetchReport = async <Response>(address: string, signal: AbortSignal): Promise<Response> => {
  const response = await fetch(address, {
    headers: { accept: 'application/json' },
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
  }).catch((cause: unknown) => {
    if (signal.aborted) throw cause
    throw new ReportError('network', { cause })
  })
  const body = await response.json().catch(() => undefined)
  if (response.ok && body !== undefined) return body as Response
  throw new ReportError(problemOf(response.status, body))
}

const problemOf = (status: number, body: unknown): ReportProblem => {
  const error = typeof body === 'object' && body !== null && 'error' in body ? body.error : undefined
  if (status === 401) return 'signedOut'
  if (status === 429) return 'rateLimited'
  if (error === 'metrics_unauthorized') return 'unauthorized'
  if (error === 'metrics_not_mounted') return 'notMounted'
  if (error === 'not_found') return 'notFound'
  return status === 400 ? 'invalid' : 'backend'
}
