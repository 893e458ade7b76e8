import { z } from 'zod'
import { contractLimits } from './contract-limits.ts'

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this pattern is about
const controlCharacters = /[\u0000-\u001f\u007f]/

/** A name or id that is stored as it is: one line, no control characters, valid Unicode. */
export const identifier = (maxLength: number = contractLimits.maxTenantIdLength) =>
  z
    .string()
    .min(1)
    .max(maxLength)
    .refine((text) => !controlCharacters.test(text) && text.isWellFormed(), {
      error: 'Expected text without control characters',
    })

/** A whole number from 0 to `max`, both included. */
export const count = (max: number) => z.number().int().min(0).max(max)
