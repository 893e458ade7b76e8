import { contractLimits } from '../contract-limits.ts'

/** The keys that a plugin accepts: one, or a list for rotation. */
export type AdminKeys = string | readonly (string | undefined)[] | undefined

/**
 * Resolves a plugin's `adminKeys`. Undefined and empty ones are ignored, so that a variable that is
 * not set may be in the list; without any key the plugin responds with 503.
 *
 * @returns the keys, and a phrase for each that cannot be one, without the key itself.
 */
export const readAdminKeys = (given: AdminKeys): { keys: readonly string[]; problems: readonly string[] } => {
  const keys = [given ?? []].flat().filter((key) => key !== undefined && key !== '') as string[]
  const problems = keys
    .map(adminKeyProblem)
    .filter((problem) => problem !== undefined)
    .map((problem) => `one of adminKeys ${problem}`)
  return { keys, problems }
}

/** What is wrong with an admin key, as the end of a sentence that begins with its name. */
export const adminKeyProblem = (key: string): string | undefined => {
  if (typeof key !== 'string' || !/^[\x21-\x7e]*$/.test(key)) {
    return 'has characters that a header cannot carry, expected visible ASCII'
  }
  return key.length < contractLimits.minAdminKeyLength
    ? `has ${key.length} characters, expected at least ${contractLimits.minAdminKeyLength}`
    : undefined
}
