import { closestMatch } from 'leven'

/** The known name that a misspelt or cut one most probably means, or none. */
export const nearestName = (name: string, known: readonly string[]): string | undefined => {
  const begins = (long: string, short: string): boolean => long.toLowerCase().startsWith(short.toLowerCase())
  const sameBeginning = known.filter((candidate) => begins(candidate, name) || begins(name, candidate))
  if (sameBeginning.length === 1) return sameBeginning[0]
  // Of a name of one or two letters nothing is left when two of them are wrong.
  const maxDistance = Math.min(Math.max(2, Math.floor(name.length / 3)), name.length - 1)
  return closestMatch(name, known, { maxDistance })
}
