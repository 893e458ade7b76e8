import { closestMatch } from 'leven'

/** The known name that a misspelt or shortened one most probably means, or none. */
export const nearestName = (name: string, known: readonly string[]): string | undefined => {
  const begins = (long: string, short: string): boolean => long.toLowerCase().startsWith(short.toLowerCase())
  const sameBeginning = known.filter((candidate) => begins(candidate, name) || begins(name, candidate))
  if (sameBeginning.length === 1) return sameBeginning[0]
  // A name of one or two letters has nothing left if two of them are wrong.
  const maxDistance = Math.min(Math.max(2, Math.floor(name.length / 3)), name.length - 1)
  return closestMatch(name, known, { maxDistance })
}
