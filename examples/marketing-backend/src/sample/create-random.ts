/** The same seed gives the same numbers: mulberry32. It is good enough to make up a history, and for nothing else. */
export interface Random {
  /** From 0 (included) to 1 (not included). */
  next(): number
  chance(probability: number): boolean
  /** A whole number, both ends included. */
  integer(from: number, to: number): number
  pick<T>(list: readonly T[]): T
  /** Version 4 in form only: as deterministic as the rest. */
  uuid(): string
}

export const createRandom = (seed: number): Random => {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const integer = (from: number, to: number) => from + Math.floor(next() * (to - from + 1))
  const hex = (length: number) => Array.from({ length }, () => integer(0, 15).toString(16)).join('')
  return {
    next,
    integer,
    chance: (probability) => next() < probability,
    pick: (list) => list[integer(0, list.length - 1)] as (typeof list)[number],
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`,
  }
}
