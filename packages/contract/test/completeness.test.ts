import {
  createIdSum,
  digestIds,
  idBucketOf,
  isBucketBound,
  reconcileRequestSchema,
  sealIdSum,
  shortIdHash,
  toSumText,
} from '@altcontext/webhook-contract'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readVectors } from './vectors.ts'

const { digests, buckets } = readVectors('completeness')

test.each<{
  title: string
  salt: string
  ids: string[]
  count: number
  total: string
  sum: string
  hashes: string[]
}>(digests)('digest: $title', ({ salt, ids, count, total, sum, hashes }) => {
  const added = createIdSum(salt)
  for (const id of ids) added.add(id)
  expect(toSumText(added.total)).toBe(total)
  expect(added.digest()).toEqual({ count, sum })
  expect(digestIds(ids, salt)).toEqual({ count, sum })
  expect(ids.slice(0, 4).map((id) => shortIdHash(id, salt))).toEqual(hashes)
})

test.each<{ id: string; from: string; to: string | null }>(buckets)(
  'the bucket of $id begins at $from',
  ({ id, from, to }) => {
    expect(idBucketOf(id)).toEqual({ from, to })
    expect(isBucketBound(from)).toBe(true)
    expect(isBucketBound(to)).toBe(true)
  },
)

test('every id is in the one bucket that it is given, and no bound lies inside another', () => {
  fc.assert(
    fc.property(fc.uuid(), (id) => {
      const { from, to } = idBucketOf(id)
      expect(from <= id && (to === null || id < to)).toBe(true)
      expect(idBucketOf(from)).toEqual({ from, to })
      if (to !== null) expect(idBucketOf(to).from).toBe(to)
    }),
  )
})

test('a bound that is the beginning of an id lies between buckets only when nothing of one is below it', () => {
  expect(['', null, 'f', 'f4', '02'].map(isBucketBound)).toEqual([true, true, true, true, false])
})

test('partial sums add up to the sum of the whole', () => {
  fc.assert(
    fc.property(fc.array(fc.uuid()), fc.array(fc.uuid()), (first, second) => {
      const [one, other] = [createIdSum(), createIdSum()]
      for (const id of first) one.add(id)
      for (const id of second) other.add(id)
      expect(sealIdSum(one.count + other.count, one.total + other.total)).toEqual(
        digestIds([...first, ...second]),
      )
    }),
  )
})

test('ids that are swapped, doubled or left out change the digest', () => {
  const ids = digests[7].ids as string[]
  const whole = digestIds(ids)
  const others = [
    ids.slice(1),
    [...ids, ids[0] as string],
    [...ids.slice(1), ids[1] as string],
    [...ids.slice(1), digests[1].ids[0]],
  ]
  for (const other of others) expect(digestIds(other)).not.toEqual(whole)
})

test('a request without a salt means none, and one with a range that never ends has no `to`', () => {
  const request = {
    producer: '019a1000-0000-7000-8000-000000000000',
    ranges: [{ from: '', to: null, count: 0, sum: digestIds([]).sum }],
  }
  expect(reconcileRequestSchema.parse(request)).toMatchObject({ salt: '' })
  expect(reconcileRequestSchema.safeParse({ ...request, producer: 'X' }).success).toBe(false)
})
