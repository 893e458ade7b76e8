import { type CompletenessGap, completenessLimits } from '@altcontext/webhook-contract'

/**
 * At most as many gaps as a proof may name, in order. If there are too many, adjacent ones are merged, then those nearest
 * to each other: every missing event is counted, and lies in the span of its gap.
 */
export const limitGaps = (
  gaps: readonly CompletenessGap[],
  maxGaps: number = completenessLimits.maxGaps,
): CompletenessGap[] => {
  const inOrder = gaps.toSorted((one, other) => compare(one.from, other.from) || compare(one.to, other.to))
  const distances = inOrder
    .slice(1)
    .map(({ from }, before) => ({ before, ms: Date.parse(from) - Date.parse(inOrder[before]?.to ?? from) }))
    .sort((one, other) => one.ms - other.ms)
  const joined = new Set(
    distances.slice(0, Math.max(0, inOrder.length - maxGaps)).map(({ before }) => before + 1),
  )
  const limited: CompletenessGap[] = []
  for (const [position, gap] of inOrder.entries()) {
    const last = limited.at(-1)
    if (last === undefined || !joined.has(position)) limited.push({ ...gap })
    else {
      last.events += gap.events
      if (gap.to > last.to) last.to = gap.to
    }
  }
  return limited
}

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)
