import type { Metric, Quantity, Ratio } from '../responses/metric.ts'
import type { DeltaReason, NullReason } from '../responses/reasons.ts'

/** `numerator / divisor`, or null with the reason why it is undefined: never 0, NaN or infinite. */
export const ratio = (numerator: number, divisor: number, undefinedBecause: NullReason): Ratio =>
  divisor === 0
    ? { value: null, count: numerator, base: 0, reason: undefinedBecause }
    : { value: numerator / divisor, count: numerator, base: divisor, reason: null }

/** The same value beside its change since the window before. */
export const metric = (
  current: Quantity,
  previous: Quantity | undefined,
  noDeltaBecause: DeltaReason | null,
): Metric => {
  const { value, reason } = current
  const noDelta = (deltaReason: DeltaReason): Metric => ({ value, delta: null, reason, deltaReason })
  if (noDeltaBecause !== null) return noDelta(noDeltaBecause)
  if (value === null) return noDelta('no_value')
  if (previous === undefined || previous.value === null) return noDelta('previous_undefined')
  if (previous.value === 0) return noDelta('previous_zero')
  return { value, delta: (value - previous.value) / previous.value, reason, deltaReason: null }
}
