import * as z from 'zod/mini'
import { contractLimits } from '../contract-limits.ts'

// Patterns rather than functions, so that the exported schemas say the same.
// biome-ignore lint/suspicious/noControlCharactersInRegex: PostgreSQL cannot store text with NUL in it
const withoutNul = /^[^\u0000]*$/

// An address would be stored as it is, even with white space around its "@", or with another character that looks like "@".
const oneLineWithoutAddress =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: as above
  /^(?!.*[^\s@]\s{0,8}[@\uff20\ufe6b]\s{0,8}[^\s@]+\.[^\s@.]{2,})[^\u0000-\u001f\u007f]*$/

const error = 'Expected text without control characters'

const identifierError = 'Expected text without control characters and without an e-mail address'

const wellFormed = () => z.refine<string>((text) => text.isWellFormed(), { error })

export const identifierChecks = (maxLength: number) => [
  z.minLength(1),
  z.maxLength(maxLength),
  z.regex(oneLineWithoutAddress, { error: identifierError, abort: true }),
  wellFormed(),
]

/** A name or id that is stored as it is: one line, no control characters, no e-mail address, valid Unicode. */
export const identifierText = (maxLength: number = contractLimits.maxTenantIdLength) =>
  z.string().check(...identifierChecks(maxLength))

/** Text that PostgreSQL can compare: any number of lines, valid Unicode, no NUL. */
export const storableText = (maxLength: number) =>
  z.string().check(z.maxLength(maxLength), z.regex(withoutNul, { error, abort: true }), wellFormed())
