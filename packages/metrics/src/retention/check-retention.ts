import { contractLimits } from '@altcontext/webhook-contract'
import { wholeNumber } from '@altcontext/webhook-contract/options'
import { z } from 'zod'
import { MetricsError } from '../metrics-error.ts'
import { resolveMetricsOptions } from '../resolve-metrics-options.ts'

/** Horizons that depend on each other. */
export interface Retention {
  /** How long raw events are kept, counted from receipt. Roadmap §8. @default 90 */
  rawRetentionDays: number
  /** How long a sender may repeat an event. @default 60, `contractLimits.retryHorizonMs`, which the outboxes keep to */
  retryHorizonDays: number
  /** How long rollups, archives and milestones are kept. Roadmap §8. @default 24 */
  rollupRetentionMonths: number
  /** The longest window that must still be comparable with the one before it. @default 365 */
  longestWindowDays: number
}

export const defaultRetention: Readonly<Retention> = Object.freeze({
  rawRetentionDays: 90,
  retryHorizonDays: contractLimits.retryHorizonMs / 86_400_000,
  rollupRetentionMonths: 24,
  longestWindowDays: 365,
})

const horizon = (name: keyof Retention) => z._default(wholeNumber(1), defaultRetention[name])

export const retentionSchema = z.strictObject({
  rawRetentionDays: horizon('rawRetentionDays'),
  retryHorizonDays: horizon('retryHorizonDays'),
  rollupRetentionMonths: horizon('rollupRetentionMonths'),
  longestWindowDays: horizon('longestWindowDays'),
} satisfies Record<keyof Retention, z.core.$ZodType>)

/**
 * Fills the defaults and refuses horizons that contradict each other, at start-up rather than in the numbers:
 *
 * - an event that is repeated after its raw row was purged would be counted twice;
 * - a window and the one before it, of equal length, must both be within the rollups.
 *
 * @throws {MetricsError} `invalid_options` for anything but a positive whole number; `contradicting_retention` with
 * one sentence that names the two horizons.
 */
export const checkRetention = (retention: Partial<Retention> = {}): Retention => {
  const checked = resolveMetricsOptions(retentionSchema, retention, 'read the retention')
  const { rawRetentionDays, retryHorizonDays, rollupRetentionMonths, longestWindowDays } = checked
  if (rawRetentionDays <= retryHorizonDays) {
    throw new MetricsError(
      'contradicting_retention',
      `Failed to accept the retention: rawRetentionDays (${rawRetentionDays}) must be longer than retryHorizonDays (${retryHorizonDays}), because an event repeated after its raw row is purged would be counted twice.`,
    )
  }
  const rollupDays = fewestDaysIn(rollupRetentionMonths)
  if (rollupDays < 2 * longestWindowDays) {
    throw new MetricsError(
      'contradicting_retention',
      `Failed to accept the retention: rollupRetentionMonths (${rollupRetentionMonths}, at least ${rollupDays} days) must cover longestWindowDays (${longestWindowDays}) twice, because a window is compared with the one before it.`,
    )
  }
  return checked
}

/** How many days these months have at least, whichever month they start with. */
const fewestDaysIn = (months: number): number => {
  const starts = Array.from({ length: 48 }, (_, month) => month)
  return Math.min(
    ...starts.map((month) => (Date.UTC(2025, month + months) - Date.UTC(2025, month)) / 86_400_000),
  )
}
