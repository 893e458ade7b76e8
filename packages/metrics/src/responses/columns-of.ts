import type { z } from 'zod'

/** The fields of a row that a file has: not the reasons. */
export const columnsOf = (schema: z.ZodObject): string[] =>
  Object.keys(schema.shape).filter((name) => !/^reasons?$|Reason$/.test(name))
