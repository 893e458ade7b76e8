import type { CohortCount, Funnel, FunnelChange, FunnelChanges } from '@altcontext/webhook-metrics'
import type { Format } from '../format/create-format.ts'
import type { Messages } from '../messages/en.ts'

export interface FunnelRow {
  stage: keyof Messages['funnel']['stages']
  /** Stages of different groups are not linked row by row, and are drawn to scales of their own. */
  group: 'marketing' | 'product'
  label: string
  /** An unknown count is drawn as nothing. */
  count: number
  /** The count as it is written; a dash for an unknown one, whose share says why. */
  shown: string
  /** The share of the group's first stage; empty for that stage. */
  share: string
  /** The same as a number; null for that stage, and where it is not known. */
  rate: number | null
  /** The tenants that it counts; undefined for what the site counts. */
  counted: CohortCount | undefined
  /** The tenants created that it does not count; undefined when there are none, or nobody knows. */
  missed: { stage: CohortCount; count: number } | undefined
  /** The same for the days before; undefined when they cannot be compared. */
  before: Before | undefined
}

interface Before {
  /** As a bar beside the count. */
  count: number
  text: string
  /** What was counted; null where only a share can be compared. */
  counted: number | null
  rate: number | null
}

type Rate = Funnel['rates']['activationRate']

/** What the site counts. */
type SiteStage = 'marketingVisitors' | 'leadsCaptured'

/** The funnel's stages: what the picture and its table are drawn from. */
export const funnelRows = (
  funnel: Funnel,
  changes: FunnelChanges | null,
  messages: Messages,
  format: Format,
): FunnelRow[] => {
  const { rates } = funnel
  const text = messages.funnel
  const shareOf = (rate: Rate | undefined, say: (rate: string) => string) => {
    if (rate === undefined) return { share: '', rate: null }
    const { value, reason } = rate
    const why = reason === null ? '' : messages.reasons[reason]
    return { share: value === null ? why : say(format.percent(value)), rate: value }
  }
  const { tenantsCreated } = funnel
  const marketing = (name: SiteStage, rate?: Rate): FunnelRow => ({
    stage: name,
    group: 'marketing',
    label: text.stages[name],
    count: funnel[name],
    shown: format.count(funnel[name]),
    ...shareOf(rate, text.ofVisitors),
    counted: undefined,
    missed: undefined,
    before: countBefore(changes?.[name]),
  })
  const countBefore = (change: FunnelChange | undefined): FunnelRow['before'] => {
    const previous = comparable(change)
    return previous === undefined
      ? undefined
      : { count: previous, text: format.count(previous), counted: previous, rate: null }
  }
  // Only the share of those who had enough time is known for a stage. The bar shows that share of the tenants created before.
  const shareBefore = (change: FunnelChange | undefined): FunnelRow['before'] => {
    const [share, created] = [comparable(change), comparable(changes?.tenantsCreated)]
    if (share === undefined || created === undefined) return undefined
    return {
      count: share * created,
      text: text.shareBefore(format.percent(share)),
      counted: null,
      rate: share,
    }
  }
  const product = (name: Exclude<FunnelRow['stage'], SiteStage>, rate?: Rate): FunnelRow => {
    const count = funnel[name]
    return {
      stage: name,
      group: 'product',
      label: text.stages[name],
      count: count ?? 0,
      shown: format.count(count),
      ...shareOf(rate, text.ofTenants),
      counted: name,
      missed:
        count === null || count === tenantsCreated
          ? undefined
          : { stage: name, count: tenantsCreated - count },
      before:
        name === 'tenantsCreated'
          ? countBefore(changes?.tenantsCreated)
          : shareBefore(changes?.[changeOf[name]]),
    }
  }
  return [
    marketing('marketingVisitors'),
    marketing('leadsCaptured', rates.visitorToLeadRatio),
    product('tenantsCreated'),
    product('tenantsWithApiKey', rates.apiKeyCreationRate),
    product('tenantsWithFirstScan', rates.activationRate),
    product('tenantsReturned', rates.returnRate),
  ]
}

const changeOf = {
  tenantsWithApiKey: 'apiKey',
  tenantsWithFirstScan: 'firstScan',
  tenantsReturned: 'returned',
} as const satisfies Partial<Record<FunnelRow['stage'], keyof FunnelChanges>>

// Where the days before are not covered, their known numbers would be too low.
const comparable = (change: FunnelChange | undefined): number | undefined =>
  change === undefined || change.previous === null || incomplete.includes(change.deltaReason)
    ? undefined
    : change.previous

const incomplete: readonly FunnelChange['deltaReason'][] = [
  'previous_not_covered',
  'previous_incomplete',
  'open_day',
]
