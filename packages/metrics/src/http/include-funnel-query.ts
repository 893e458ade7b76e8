import { z } from 'zod'
import { boolean, parseQuery } from './query.ts'

/**
 * `includeFunnel` of the host's `GET /v1/metrics/summary` (roadmap §6), a boolean in the host's words. For the host's own
 * query schema: `summaryQuery.extend(includeFunnelQuerySchema.shape)`.
 */
export const includeFunnelQuerySchema = z.object({ includeFunnel: boolean.optional() })

/**
 * Whether a query asks for the funnel. Other fields are ignored, and a value that is parsed already is taken as it is.
 *
 * @throws {MetricsError} `invalid_request`, with `statusCode` 400, when it is not a boolean word.
 */
export const wantsFunnel = (query: unknown): boolean => {
  const { includeFunnel } = (query ?? {}) as { includeFunnel?: unknown }
  if (typeof includeFunnel === 'boolean') return includeFunnel
  return parseQuery(includeFunnelQuerySchema, { includeFunnel }).includeFunnel === true
}
