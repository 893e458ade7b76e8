import { z } from 'zod'
import { contractLimits } from '../contract-limits.ts'

// Patterns rather than functions, so that the exported schemas say the same.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this pattern is about
const oneLine = /^[^\u0000-\u001f\u007f]*$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: PostgreSQL has no text with NUL in it
const withoutNul = /^[^\u0000]*$/

const error = 'Expected text without control characters'

/** A name or id that is stored as it is: one line, no control characters, valid Unicode. */
export const identifier = (maxLength: number = contractLimits.maxTenantIdLength) =>
  z
    .string()
    .min(1)
    .max(maxLength)
    .regex(oneLine, { error, abort: true })
    .refine((text) => text.isWellFormed(), { error })

/** Text that PostgreSQL can compare: any number of lines, valid Unicode, no NUL. */
export const storableText = (maxLength: number) =>
  z
    .string()
    .max(maxLength)
    .regex(withoutNul, { error, abort: true })
    .refine((text) => text.isWellFormed(), { error })

/** A whole number from 0 to `max`, both included. */
export const count = (max: number) => z.number().int().min(0).max(max)
