import type { Metric, Usage } from '@altcontext/webhook-metrics'
import type { Messages } from '../messages/en.ts'
import type { Format } from './create-format.ts'

type Kind = 'count' | 'decimal' | 'percent' | 'duration'

interface UsageMetric {
  name: keyof Usage
  kind: Kind
}

/** The usage metrics in the order of the page. */
export const usageMetrics: readonly UsageMetric[] = [
  { name: 'totalScansCompleted', kind: 'count' },
  { name: 'totalScansFailed', kind: 'count' },
  { name: 'scanSuccessRate', kind: 'percent' },
  { name: 'avgScanDurationMs', kind: 'duration' },
  { name: 'totalMediaProcessed', kind: 'count' },
  { name: 'totalIdentitiesDetected', kind: 'count' },
  { name: 'identitiesPerScan', kind: 'decimal' },
  { name: 'totalClustersCreated', kind: 'count' },
  { name: 'suggestionResolutionRate', kind: 'percent' },
]

export interface MetricText {
  name: keyof Usage
  label: string
  value: string | null
  /** In place of a value. */
  whyNoValue: string
  /** The change in words, or why there is none; empty when none was asked for. */
  change: string
  direction: 'up' | 'down' | 'same' | null
  judgement: 'better' | 'worse' | null
}

export const metricText = (
  { name, kind }: UsageMetric,
  { value, delta, judgement, reason, deltaReason }: Metric,
  messages: Messages,
  format: Format,
): MetricText => {
  const direction = delta === null ? null : delta > 0 ? 'up' : delta < 0 ? 'down' : 'same'
  return {
    name,
    label: messages.usage.metrics[name],
    value: value === null ? null : format[kind](value),
    whyNoValue: reason === null ? messages.usage.noValue : messages.reasons[reason],
    change: delta === null ? whyNoChange(deltaReason, messages) : changeText(delta, messages, format),
    direction,
    judgement,
  }
}

const changeText = (delta: number, { usage }: Messages, format: Format): string => {
  if (delta === 0) return usage.unchanged
  const percent = format.percent(Math.abs(delta))
  return delta > 0 ? usage.up(percent) : usage.down(percent)
}

const whyNoChange = (reason: Metric['deltaReason'], { deltaReasons }: Messages): string =>
  reason === null || reason === 'not_requested' || reason === 'no_value' ? '' : deltaReasons[reason]
