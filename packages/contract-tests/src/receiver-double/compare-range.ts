import {
  type ComparedRange,
  completenessLimits,
  digestIds,
  type IdRange,
  idBucketOf,
  isBucketBound,
  padBound,
  type RangeResult,
  shortIdHash,
} from '@altcontext/webhook-contract'

/** What a receiver that has these ids of a producer says about one range: docs/completeness.md. It keeps no sums. */
export const compareRange = (ids: Iterable<string>, range: ComparedRange, salt: string): RangeResult => {
  const isByBuckets = salt === ''
  if (isByBuckets && !(isBucketBound(range.from) && isBucketBound(range.to))) return { status: 'sealed' }
  const inside = idsIn(ids, range)
  const digest = digestIds(inside, salt)
  if (digest.sum === range.sum && digest.count === range.count && range.list === undefined)
    return { status: 'equal' }
  if (isByBuckets) {
    const { from, to } = idBucketOf(padBound(range.from))
    if (from === padBound(range.from) && to === range.to) return { status: 'sealed', ...digest }
    return splitAt(inside, range, betweenBuckets(inside, range), salt)
  }
  if (inside.length > completenessLimits.maxIds) return splitAt(inside, range, byRank(inside), salt)
  if (range.list === true) return { status: 'ids', ids: inside }
  return { status: 'ids', hashes: inside.map((id) => shortIdHash(id, salt)) }
}

export const idsIn = (ids: Iterable<string>, { from, to }: IdRange): string[] =>
  [...ids].filter((id) => id >= from && (to === null || id < to)).sort()

const splitAt = (
  ids: readonly string[],
  range: IdRange,
  bounds: readonly string[],
  salt: string,
): RangeResult => ({
  status: 'differs',
  count: ids.length,
  bounds: [...bounds],
  sums: [range.from, ...bounds].map((from, part) =>
    digestIds(idsIn(ids, { from, to: bounds[part] ?? range.to }), salt).sum.slice(0, 8),
  ),
})

const byRank = (ids: readonly string[]): string[] =>
  Array.from({ length: completenessLimits.splitParts - 1 }, (_, at) => {
    const rank = Math.floor(((at + 1) * ids.length) / completenessLimits.splitParts)
    return ids[rank] as string
  })

/** One bound is enough: what is left is cut when it is asked about. */
const betweenBuckets = (ids: readonly string[], { from, to }: IdRange): string[] => {
  const bounds = [
    ...ids.flatMap((id) => [idBucketOf(id).from, idBucketOf(id).to]),
    idBucketOf(padBound(from)).to,
  ]
  return bounds
    .filter((bound) => bound !== null && bound > padBound(from) && (to === null || bound < to))
    .slice(0, 1) as string[]
}
