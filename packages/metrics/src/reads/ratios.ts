import type { Metric, Quantity, Ratio } from '../responses/metric.ts'
import type { DeltaReason, NullReason } from '../responses/reasons.ts'

/** `numerator / divisor`, or null with the reason why it is undefined: never 0, NaN or infinite. */
export const ratio = (numerator: number, divisor: number, undefinedBecause: NullReason): Ratio =>
  divisor === 0
    ? { value: null, count: numerator, base: 0, reason: undefinedBecause }
    : { value: numerator / divisor, count: numerator, base: divisor, reason: null }

export interface Change {
  /** The value over the days that can be compared. */
  current: Quantity
  previous: Quantity | undefined
  noDeltaBecause: DeltaReason | null
  /** Whether a change is given in points as well. */
  isRate: boolean
}

/** A value beside its change since the window before. */
export const metric = (
  { value, reason }: Quantity,
  { current, previous, noDeltaBecause, isRate }: Change,
): Omit<Metric, 'judgement'> => {
  const noDelta = (deltaReason: DeltaReason) => ({ value, delta: null, points: null, reason, deltaReason })
  if (noDeltaBecause !== null) return noDelta(noDeltaBecause)
  if (value === null || current.value === null) return noDelta('no_value')
  if (previous === undefined || previous.value === null) return noDelta('previous_undefined')
  const difference = current.value - previous.value
  const points = isRate ? difference : null
  if (previous.value === 0) return { ...noDelta('previous_zero'), points }
  return { value, delta: difference / previous.value, points, reason, deltaReason: null }
}
