import { parseSigningSecret } from '@altcontext/webhook-contract'
import { resolveOptions, text } from '@altcontext/webhook-contract/options'
import { z } from 'zod'
import { ContractTestsError } from './contract-tests-error.ts'

/**
 * Checks options and fills in their defaults.
 *
 * @throws {ContractTestsError} `invalid_options`, with every problem.
 */
export const checkOptions = <Schema extends z.core.$ZodType>(
  schema: Schema,
  options: unknown,
  what: string,
): z.output<Schema> =>
  resolveOptions(schema, options, {
    toError: (problems) =>
      new ContractTestsError('invalid_options', `Failed to create ${what}: ${problems}.`),
  })

export const httpAddress = () =>
  text().check(z.refine((url) => /^https?:$/.test(URL.parse(url)?.protocol ?? ''), 'must be an http address'))

/** A signing secret as it is, or none: empty text is refused, because a secret is missing there. */
export const signingSecretText = () =>
  z
    .custom<string>((secret) => {
      try {
        return parseSigningSecret(secret as string) !== undefined
      } catch {
        return false
      }
    }, 'is not a signing secret, expected "whsec_" and base64 of 24 to 64 bytes')
    .optional()
