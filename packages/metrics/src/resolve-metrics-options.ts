import { resolveOptions } from '@altcontext/webhook-contract/options'
import type { z } from 'zod'
import { MetricsError } from './metrics-error.ts'

/** @throws {MetricsError} `invalid_options`, listing every problem. */
export const resolveMetricsOptions = <Schema extends z.core.$ZodType>(
  schema: Schema,
  input: unknown,
  what: string,
): z.output<Schema> =>
  resolveOptions(schema, input, {
    toError: (problems) =>
      new MetricsError('invalid_options', `Failed to ${what}: ${problems}. Correct the options.`),
  })
