import type * as z from 'zod/mini'

/** One field that breaks the contract, in the shape of the host's error responses. */
export interface EventIssue {
  /** Dotted path from the envelope's root: `payload.mediaCount`. Empty for the envelope itself. */
  path: string
  /** What is expected there. Never holds the value that was sent. */
  message: string
}

export const toEventIssues = (
  issues: readonly z.core.$ZodIssue[],
  prefix: readonly PropertyKey[] = [],
): EventIssue[] =>
  issues.map(({ path, message }) => ({ path: [...prefix, ...path].map(String).join('.'), message }))
