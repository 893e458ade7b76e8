import { type ResponseCode, responses } from './responses.ts'

/** A JSON Schema of the responses with one status, as Fastify and OpenAPI 3.1 read it. */
export interface ErrorSchema {
  description: string
  type: 'object'
  required: string[]
  properties: Record<string, object>
}

/**
 * The bodies of responses other than success as JSON Schema, by status.
 *
 * @example
 * errorSchemas(responseCodesOf('webhooks'))[401].properties.error
 * // => { type: 'string', enum: ['unauthorized', 'invalid_signature'] }
 */
export const errorSchemas = (codes: readonly ResponseCode[]): Record<number, ErrorSchema> =>
  Object.fromEntries(
    [...statusesOf(codes)].map(([status, withStatus]) => [
      status,
      {
        description: describeResponses(withStatus),
        type: 'object' as const,
        required: ['ok', 'error'],
        properties: {
          ok: { type: 'boolean', enum: [false] },
          error: { type: 'string', enum: withStatus },
          ...(withStatus.some((code) => responses[code].hasIssues) && { issues: issuesSchema }),
        },
      },
    ]),
  )

/** The codes, grouped by status. */
export const statusesOf = (codes: readonly ResponseCode[]): Map<number, ResponseCode[]> =>
  Map.groupBy(codes, (code) => responses[code].status)

export const describeResponses = (codes: readonly ResponseCode[]): string =>
  codes.map((code) => responses[code].when).join(' Or: ')

export const issuesSchema = {
  type: 'array',
  items: {
    type: 'object',
    required: ['path', 'message'],
    properties: { path: { type: 'string' }, message: { type: 'string' } },
  },
}
