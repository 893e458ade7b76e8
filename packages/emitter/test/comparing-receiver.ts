import type { ComparedRange, RangeResult, ReconcileRequest } from '@altcontext/webhook-contract'
import { compareRange, idsIn } from '../../contract-tests/src/receiver-double/compare-range.ts'
import { createStubReceiver } from './stub-receiver.ts'

/**
 * A receiver that compares what it has stored, as in docs/completeness.md. A test changes `stored` to change what the receiver has.
 * Ids in `sealed` are kept only as sums.
 */
export const createComparingReceiver = (onAsked: (request: ReconcileRequest) => void = () => {}) => {
  const sealed = new Set<string>()
  const state = { floor: '' }
  const receiver = createStubReceiver(undefined, (request) => {
    onAsked(request)
    return request.ranges.map((range) => compare(range, request.salt))
  })

  const compare = (range: ComparedRange, salt: string): RangeResult => {
    if (range.from < state.floor) return { status: 'before_floor', floor: state.floor }
    if (salt === '') return compareRange([...receiver.stored, ...sealed], range, salt)
    return idsIn(sealed, range).length > 0 ? { status: 'sealed' } : compareRange(receiver.stored, range, salt)
  }

  return {
    ...receiver,
    sealed,
    setFloor(floor: string): void {
      state.floor = floor
    },
  }
}
