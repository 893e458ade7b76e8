import {
  type ComparedRange,
  digestIds,
  type IdRange,
  idBucketOf,
  isBucketBound,
  padBound,
  type RangeResult,
  type ReconcileRequest,
  shortIdHash,
} from '@altcontext/webhook-contract'
import { createStubReceiver } from './stub-receiver.ts'

/**
 * A receiver that compares what it has stored, by docs/completeness.md. What a test does to `stored` has happened there. Ids of `sealed`
 * are kept as sums only.
 */
export const createComparingReceiver = (onAsked: (request: ReconcileRequest) => void = () => {}) => {
  const sealed = new Set<string>()
  const state = { floor: '' }
  const receiver = createStubReceiver(undefined, (request) => {
    onAsked(request)
    return request.ranges.map((range) => answer(range, request.salt))
  })
  const idsIn = (ids: Iterable<string>, { from, to }: IdRange): string[] =>
    [...ids].filter((id) => id >= from && (to === null || id < to)).sort()

  const answer = (range: ComparedRange, salt: string): RangeResult => {
    if (range.from < state.floor) return { status: 'before_floor', floor: state.floor }
    const isByBuckets = salt === ''
    if (isByBuckets && !(isBucketBound(range.from) && isBucketBound(range.to))) return { status: 'sealed' }
    if (!isByBuckets && idsIn(sealed, range).length > 0) return { status: 'sealed' }
    const ids = idsIn(isByBuckets ? [...receiver.stored, ...sealed] : receiver.stored, range)
    const digest = digestIds(ids, salt)
    if (digest.sum === range.sum && range.list === undefined) return { status: 'equal' }
    if (isByBuckets) {
      const { from, to } = idBucketOf(padBound(range.from))
      if (from === padBound(range.from) && to === range.to) return { status: 'sealed', ...digest }
      const bounds = ids.flatMap((id) => [idBucketOf(id).from, idBucketOf(id).to ?? ''])
      const inside = [...bounds, to ?? ''].filter(
        (bound) => bound > padBound(range.from) && (range.to === null || bound < range.to),
      )
      return splitAt(range, ids, salt, inside.slice(0, 1))
    }
    if (ids.length > 64) return splitAt(range, ids, salt, [ids[Math.floor(ids.length / 2)] as string])
    return range.list === true
      ? { status: 'ids', ids }
      : { status: 'ids', hashes: ids.map((id) => shortIdHash(id, salt)) }
  }

  const splitAt = (range: IdRange, ids: readonly string[], salt: string, bounds: string[]): RangeResult => ({
    status: 'differs',
    count: ids.length,
    bounds,
    sums: [range.from, ...bounds].map((from, part) =>
      digestIds(idsIn(ids, { from, to: bounds[part] ?? range.to }), salt).sum.slice(0, 8),
    ),
  })

  return {
    ...receiver,
    sealed,
    setFloor(floor: string): void {
      state.floor = floor
    },
  }
}
