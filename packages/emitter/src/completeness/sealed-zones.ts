import { type IdRange, idBucketOf, padBound } from '@altcontext/webhook-contract'
import { idBucketSpan } from './id-time.ts'

/**
 * The ranges in which events have been pruned from the outbox: all hours from the first to the last of them are one zone, and each
 * bucket of ids that hold no time is a zone by itself. Everything outside the zones is compared by ids.
 *
 * @param buckets - first ids of buckets, in order
 */
export const sealedZones = (buckets: readonly string[]): IdRange[] => {
  const zones: IdRange[] = []
  let hours: IdRange | undefined
  for (const bucket of buckets) {
    const { from, to } = idBucketOf(bucket)
    if (idBucketSpan(bucket) === undefined) zones.push({ from, to })
    else hours = { from: hours?.from ?? from, to }
  }
  return [...zones, ...(hours === undefined ? [] : [hours])].sort(byFrom)
}

/** What remains of ranges without some zones, which must be in order. */
export const withoutZones = (ranges: readonly IdRange[], zones: readonly IdRange[]): IdRange[] =>
  ranges.flatMap(({ from, to }) => {
    const left: IdRange[] = []
    let start: string | null = from
    for (const zone of zones) {
      if (start === null || (zone.to !== null && zone.to <= start) || (to !== null && zone.from >= to))
        continue
      if (zone.from > start) left.push({ from: start, to: zone.from })
      start = zone.to
    }
    return start === null || (to !== null && start >= to) ? left : [...left, { from: start, to }]
  })

/** The whole buckets that ranges lie in, in as few ranges as possible. */
export const wholeBuckets = (ranges: readonly IdRange[]): IdRange[] => {
  const whole: IdRange[] = []
  for (const { from, to } of ranges.map(widen).sort(byFrom)) {
    const last = whole.at(-1)
    if (last === undefined || (last.to !== null && last.to < from)) whole.push({ from, to })
    else if (last.to !== null && (to === null || to > last.to)) last.to = to
  }
  return whole
}

const widen = ({ from, to }: IdRange): IdRange => {
  const first = idBucketOf(padBound(from)).from
  if (to === null) return { from: first, to }
  const last = idBucketOf(padBound(to))
  return { from: first, to: last.from === padBound(to) ? last.from : last.to }
}

const byFrom = (one: IdRange, other: IdRange): number => (one.from < other.from ? -1 : 1)
