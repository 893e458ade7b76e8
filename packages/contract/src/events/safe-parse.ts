import { en } from 'zod/locales'
import * as z from 'zod/mini'

/** What is wrong, in English: `zod` has these words built in, `zod/mini` has none, and either may have made a schema. */
export const inEnglish: z.core.$ZodErrorMap = en().localeError

/** Reads a value by a schema of `zod` or `zod/mini`. */
export const safeParse = <Schema extends z.core.$ZodType>(
  schema: Schema,
  value: unknown,
  error: z.core.$ZodErrorMap = inEnglish,
): z.core.util.SafeParseResult<z.output<Schema>> => z.safeParse(schema, value, { error })
