import * as z from 'zod'
import { contractLimits } from '../contract-limits.ts'

// Patterns rather than functions, so that the exported schemas say the same.
// biome-ignore lint/suspicious/noControlCharactersInRegex: PostgreSQL has no text with NUL in it
const withoutNul = /^[^\u0000]*$/

// An address would be stored as it is, also one with white space around its "@", or with another character that reads as one.
const oneLineWithoutAddress =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: as above
  /^(?!.*[^\s@]\s{0,8}[@\uff20\ufe6b]\s{0,8}[^\s@]+\.[^\s@.]{2,})[^\u0000-\u001f\u007f]*$/

const error = 'Expected text without control characters'

const identifierError = 'Expected text without control characters and without an e-mail address'

/** A name or id that is stored as it is: one line, no control characters, no e-mail address, valid Unicode. */
export const identifier = (maxLength: number = contractLimits.maxTenantIdLength) =>
  z
    .string()
    .min(1)
    .max(maxLength)
    .regex(oneLineWithoutAddress, { error: identifierError, abort: true })
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
