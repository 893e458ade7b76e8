import type { CohortCount, Funnel } from '@altcontext/webhook-metrics'
import type { Format } from '../format/create-format.ts'
import type { Messages } from '../messages/en.ts'

export interface FunnelRow {
  stage: keyof Messages['funnel']['stages']
  /** Stages of different groups are not linked row by row, and are drawn to scales of their own. */
  group: 'marketing' | 'product'
  label: string
  count: number
  /** Against the group's first stage; empty for that stage. */
  share: string
  /** The tenants that it counts; undefined for what the site counts. */
  counted: CohortCount | undefined
  /** The tenants created that it does not count; undefined when there are none, or nobody knows. */
  missed: { stage: CohortCount; count: number } | undefined
}

/** What the site counts. */
type SiteStage = 'marketingVisitors' | 'leadsCaptured'

/** The funnel's stages: what the picture and its table are drawn from. */
export const funnelRows = (funnel: Funnel, messages: Messages, format: Format): FunnelRow[] => {
  const { rates } = funnel
  const text = messages.funnel
  const shareOf = ({ value, reason }: Funnel['rates']['activationRate'], say: (rate: string) => string) =>
    value === null ? (reason === null ? '' : messages.reasons[reason]) : say(format.percent(value))
  const { tenantsCreated } = funnel
  const marketing = (name: SiteStage, share = ''): FunnelRow => ({
    stage: name,
    group: 'marketing',
    label: text.stages[name],
    count: funnel[name],
    share,
    counted: undefined,
    missed: undefined,
  })
  const product = (name: Exclude<FunnelRow['stage'], SiteStage>, share = ''): FunnelRow => {
    const count = funnel[name]
    return {
      stage: name,
      group: 'product',
      label: text.stages[name],
      // What is unknown is drawn as nothing, and its share says why.
      count: count ?? 0,
      share,
      counted: name,
      missed:
        count === null || count === tenantsCreated
          ? undefined
          : { stage: name, count: tenantsCreated - count },
    }
  }
  return [
    marketing('marketingVisitors'),
    marketing('leadsCaptured', shareOf(rates.visitorToLeadRatio, text.ofVisitors)),
    product('tenantsCreated'),
    product('tenantsWithApiKey', shareOf(rates.apiKeyCreationRate, text.ofTenants)),
    product('tenantsWithFirstScan', shareOf(rates.activationRate, text.ofTenants)),
    product('tenantsReturned', shareOf(rates.returnRate, text.ofTenants)),
  ]
}
