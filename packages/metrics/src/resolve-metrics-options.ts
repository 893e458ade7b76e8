import { resolveOptions } from '@altcontext/webhook-contract/options'
import type { z } from 'zod'
import { invalidOptions } from './metrics-error.ts'

/** @throws {MetricsError} `invalid_options`, listing every problem. */
export const resolveMetricsOptions = <Schema extends z.core.$ZodType>(
  schema: Schema,
  input: unknown,
  what: string,
): z.output<Schema> =>
  resolveOptions(schema, input, {
    toError: (problems) => invalidOptions(`Failed to ${what}: ${problems}. Correct the options.`),
  })
