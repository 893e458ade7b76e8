import type { Funnel } from '@altcontext/webhook-metrics'
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
}

/** The funnel's stages: what the picture and its table are drawn from. */
export const funnelRows = (funnel: Funnel, messages: Messages, format: Format): FunnelRow[] => {
  const { rates } = funnel
  const text = messages.funnel
  const shareOf = ({ value, reason }: Funnel['rates']['activationRate'], say: (rate: string) => string) =>
    value === null ? (reason === null ? '' : messages.reasons[reason]) : say(format.percent(value))
  const stage = (name: FunnelRow['stage'], group: FunnelRow['group'], share = ''): FunnelRow => ({
    stage: name,
    group,
    label: text.stages[name],
    // What is unknown is drawn as nothing, and its share says why.
    count: funnel[name] ?? 0,
    share,
  })
  return [
    stage('marketingVisitors', 'marketing'),
    stage('leadsCaptured', 'marketing', shareOf(rates.visitorToLeadRatio, text.ofVisitors)),
    stage('tenantsCreated', 'product'),
    stage('tenantsWithApiKey', 'product', shareOf(rates.apiKeyCreationRate, text.ofTenants)),
    stage('tenantsWithFirstScan', 'product', shareOf(rates.activationRate, text.ofTenants)),
    stage('tenantsReturned', 'product', shareOf(rates.returnRate, text.ofTenants)),
  ]
}
