import {
  type ComparedRange,
  completenessLimits,
  createIdSum,
  type IdRange,
  type RangeResult,
  shortIdHash,
} from '@altcontext/webhook-contract'
import type { OutboxCompleteness } from '../outbox/durable/outbox-completeness.ts'
import type { AskReceiver } from './ask-receiver.ts'
import { countIds, idsOfRange, idsOfRequest } from './count-ids.ts'
import { readDeliveredIds } from './read-delivered-ids.ts'

/** Where the producer and the receiver differ. */
export interface Differences {
  /** Delivered events that the receiver does not have. */
  missing: string[]
  /** Events that only the receiver has, and that the outbox knows nothing about. */
  unexplained: string[]
  /** Ranges for which the receiver keeps only sums, and how many events they have here: they are not compared yet. */
  sealed: ComparedRange[]
  /** Events about which the receiver no longer knows anything. */
  belowFloor: number
}

export interface FindDifferencesOptions {
  outbox: OutboxCompleteness
  producer: string
  salt: string
  ask: AskReceiver
  /** Only ids in these ranges are compared. */
  ranges: readonly IdRange[]
  /**
   * Whether some delivered events of the ranges are pruned here, so the receiver has more: only missing ones among the others are
   * looked for. @default false
   */
  isPartlyPruned?: boolean | undefined
  /** Events of the outbox that have been compared so far. */
  onCompared?: ((events: number) => void) | undefined
}

/** Ranges of one request that differ: the result for each may take a kilobyte. */
const maxSplits = 128

/**
 * Compares what is delivered with what the receiver has, and narrows differences down to single ids. What the outbox has delivered is
 * read before the receiver is asked, and what else it knows afterwards: an event on its way is never a difference.
 */
export const findDifferences = async (options: FindDifferencesOptions): Promise<Differences> => {
  const differences: Differences = { missing: [], unexplained: [], sealed: [], belowFloor: 0 }
  let chunks: ComparedRange[] = []
  let ids = 0
  const compareChunks = async (): Promise<void> => {
    if (chunks.length > 0) await compare(options, chunks, differences)
    chunks = []
    ids = 0
  }
  for (const range of options.ranges) {
    for await (const chunk of cutIntoChunks(options, range)) {
      if (ids + chunk.count > idsOfRequest || chunks.length === completenessLimits.maxRanges)
        await compareChunks()
      chunks.push(chunk)
      ids += chunk.count
    }
  }
  await compareChunks()
  return differences
}

async function* cutIntoChunks(
  { outbox, salt, onCompared }: FindDifferencesOptions,
  { from, to }: IdRange,
): AsyncGenerator<ComparedRange> {
  let start = from
  let sum = createIdSum(salt)
  for await (const ids of readDeliveredIds(outbox, { from, to })) {
    const [first] = ids
    if (first !== undefined && sum.count + ids.length > idsOfRange && sum.count > 0) {
      yield { from: start, to: first, ...sum.digest() }
      start = first
      sum = createIdSum(salt)
    }
    for (const id of ids) sum.add(id)
    onCompared?.(ids.length)
  }
  yield { from: start, to, ...sum.digest() }
}

/** Asks about ranges, then about the pieces of those that differ, until nothing is left to ask. */
const compare = async (
  options: FindDifferencesOptions,
  asked: readonly ComparedRange[],
  differences: Differences,
): Promise<void> => {
  const { producer, salt, ask } = options
  const left: ComparedRange[] = [...asked]
  // The first request is about everything; the later ones are about what differs.
  for (let maxRanges: number = completenessLimits.maxRanges; left.length > 0; maxRanges = maxSplits) {
    const ranges = left.splice(0, maxRanges)
    const results = await ask({ producer, salt, ranges })
    for (const [position, result] of results.entries()) {
      const parts = await conclude(options, ranges[position] as ComparedRange, result, differences)
      left.push(...parts)
    }
  }
}

/** Notes what a result says, and returns the pieces that must be asked about. */
const conclude = async (
  options: FindDifferencesOptions,
  range: ComparedRange,
  result: RangeResult,
  differences: Differences,
): Promise<ComparedRange[]> => {
  switch (result.status) {
    case 'equal':
      return []
    case 'before_floor': {
      const isAbove = range.to === null || result.floor < range.to
      const rest =
        result.floor > range.from && isAbove
          ? await partsOf(options, { from: result.floor, to: range.to }, [])
          : []
      differences.belowFloor += range.count - countIds(rest)
      return rest
    }
    case 'sealed':
      differences.sealed.push(range)
      return []
    case 'differs': {
      const parts = await partsOf(options, range, result.bounds)
      const differing = parts.filter(
        ({ count, sum }, position) =>
          sum.slice(0, 8) !== result.sums[position] && !(options.isPartlyPruned === true && count === 0),
      )
      // All pieces agree and the whole does not: eight digits were equal by chance, so each piece must be listed.
      return differing.length > 0 ? differing : parts
    }
    case 'ids':
      return concludeIds(options, range, result, differences)
  }
}

const partsOf = async (
  { outbox, salt }: FindDifferencesOptions,
  range: IdRange,
  bounds: readonly string[],
): Promise<ComparedRange[]> => {
  const sums = [range.from, ...bounds].map(() => createIdSum(salt))
  let part = 0
  for await (const ids of readDeliveredIds(outbox, range)) {
    for (const id of ids) {
      while (part < bounds.length && id >= (bounds[part] as string)) part += 1
      sums[part]?.add(id)
    }
  }
  return sums.map((sum, position) => ({
    from: position === 0 ? range.from : (bounds[position - 1] as string),
    to: bounds[position] ?? range.to,
    ...sum.digest(),
  }))
}

const concludeIds = async (
  options: FindDifferencesOptions,
  range: ComparedRange,
  { hashes = [] }: { hashes?: string[] | undefined },
  { missing, unexplained }: Differences,
): Promise<ComparedRange[]> => {
  const { outbox, salt, isPartlyPruned } = options
  const theirs = new Set(hashes)
  const known = new Set<string>()
  const notTheirs: string[] = []
  const sum = createIdSum(salt)
  for await (const ids of readDeliveredIds(outbox, range)) {
    for (const id of ids) {
      sum.add(id)
      const hash = shortIdHash(id, salt)
      known.add(hash)
      if (!theirs.has(hash)) notTheirs.push(id)
    }
  }
  const { count, sum: digest } = sum.digest()
  // Events of this range have been delivered since it was asked about, so it is asked about again.
  if (digest !== range.sum) return [{ from: range.from, to: range.to, count, sum: digest }]
  if (isPartlyPruned !== true) {
    const named = await nameUnexplained(options, range, { theirs, known })
    // More events have come than can be listed, so the range is asked about again, and split.
    if (named === undefined) return [range]
    unexplained.push(...named)
  }
  missing.push(...notTheirs)
  return []
}

/** What only the receiver has in a range. */
const nameUnexplained = async (
  { outbox, producer, salt, ask }: FindDifferencesOptions,
  range: ComparedRange,
  { theirs, known }: { theirs: ReadonlySet<string>; known: Set<string> },
): Promise<string[] | undefined> => {
  // In this order: an event that moves from waiting to delivered in between is found by the second read.
  for (const id of await outbox.otherIds(range)) known.add(shortIdHash(id, salt))
  for await (const ids of readDeliveredIds(outbox, range))
    for (const id of ids) known.add(shortIdHash(id, salt))
  const isUnexplained = (hash: string): boolean => theirs.has(hash) && !known.has(hash)
  if (![...theirs].some(isUnexplained)) return []
  const [named] = await ask({ producer, salt, ranges: [{ ...range, list: true }] })
  // Events that have come since the first response are not among its hashes.
  return named?.status === 'ids'
    ? (named.ids ?? []).filter((id) => isUnexplained(shortIdHash(id, salt)))
    : undefined
}
