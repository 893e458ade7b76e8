import type { z } from 'zod'
import { RequestError } from './request-error.ts'

/**
 * Parses a body or a query with `schema`.
 *
 * @throws {RequestError} 400 `invalid_request` with every issue.
 */
export const parseRequest = <Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> => {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw new RequestError(
    'invalid_request',
    result.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message })),
  )
}
