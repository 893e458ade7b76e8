import { sha256 } from '@noble/hashes/sha2.js'

/** Two sets of ids are compared by it: equal digests mean equal sets. */
export interface IdDigest {
  readonly count: number
  /** 32 hexadecimal digits. See {@link sealIdSum}. */
  readonly sum: string
}

/** Adds up ids, in any order. */
export interface IdSum {
  add(id: string): void
  readonly count: number
  /** The sum modulo 2^128 of the ids' hashes, for adding to another one. */
  readonly total: bigint
  digest(): IdDigest
}

/** The first 16 bytes of SHA-256 of the salt and the id (a UUID in lower case), as UTF-8. */
export const hashId = (id: string, salt = ''): Uint8Array =>
  sha256(utf8.encode(salt + id)).subarray(0, hashBytes)

/** What a response names an id by: the first 12 hexadecimal digits of {@link hashId}. */
export const shortIdHash = (id: string, salt = ''): string =>
  toHex(hashId(id, salt)).slice(0, shortHashDigits)

/**
 * Adds up ids for a digest. The salt makes the hashes of one comparison unlike those of any other: ids that were chosen
 * to cancel each other out under one salt do not under the next. Sums that are kept longer have no salt.
 */
export const createIdSum = (salt = ''): IdSum => {
  // Four lanes of 32 bits as numbers: an addition of 128-bit integers for each id would cost as much as its hash.
  const lanes = new Float64Array(4)
  let base = 0n
  let count = 0
  let unfolded = 0
  const fold = (): void => {
    base = modulo(base + lanes.reduce((sum, lane) => (sum << 32n) + BigInt(lane), 0n))
    lanes.fill(0)
    unfolded = 0
  }
  return {
    add(id) {
      const bytes = hashId(id, salt)
      const view = new DataView(bytes.buffer, bytes.byteOffset)
      for (let lane = 0; lane < 4; lane += 1) lanes[lane] = (lanes[lane] ?? 0) + view.getUint32(lane * 4)
      count += 1
      unfolded += 1
      if (unfolded === exactAdditions) fold()
    },
    get count() {
      return count
    },
    get total() {
      fold()
      return base
    },
    digest() {
      fold()
      return sealIdSum(count, base)
    },
  }
}

/**
 * The digest of a count and a sum: the first 16 bytes of SHA-256 of `<count>:<sum as 32 hexadecimal digits>`, in hexadecimal.
 * Add partial sums before: digests themselves cannot be added, and digests of near sums look nothing alike.
 */
export const sealIdSum = (count: number, total: bigint): IdDigest => ({
  count,
  sum: toHex(sha256(utf8.encode(`${count}:${toSumText(total)}`)).subarray(0, hashBytes)),
})

/** A sum as 32 hexadecimal digits, as it is kept. */
export const toSumText = (total: bigint): string =>
  modulo(total)
    .toString(16)
    .padStart(hashBytes * 2, '0')

/** The digest of a list of ids. */
export const digestIds = (ids: Iterable<string>, salt = ''): IdDigest => {
  const sum = createIdSum(salt)
  for (const id of ids) sum.add(id)
  return sum.digest()
}

const hashBytes = 16
const shortHashDigits = 12
/** How many numbers below 2^32 a double can add up exactly. */
const exactAdditions = 2 ** 20
const utf8 = new TextEncoder()
const modulo = (total: bigint): bigint => BigInt.asUintN(128, total)
const toHex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
