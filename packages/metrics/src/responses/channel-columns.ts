import { type ChannelRow, channelRowSchema } from './channels-response.ts'
import { columnsOf } from './columns-of.ts'

/** A channel as one line of a file: the conversion that it is judged by, and the value of each rate. */
export const toChannelRow = ({ conversions: { returned }, verdict, ...row }: ChannelRow) => ({
  ...row,
  leadToTenantRatio: row.leadToTenantRatio.value,
  firstScanRate: row.firstScanRate.value,
  returnRate: row.returnRate.value,
  active30dRate: row.active30dRate.value,
  matureTenants: returned.n,
  matureTenantsReturned: returned.count,
  returnedWithinHorizon: returned.value,
  returnedLow: returned.low,
  returnedHigh: returned.high,
  verdict: verdict.verdict,
})

export const channelColumns = [
  ...columnsOf(channelRowSchema).filter((name) => name !== 'conversions' && name !== 'verdict'),
  'matureTenants',
  'matureTenantsReturned',
  'returnedWithinHorizon',
  'returnedLow',
  'returnedHigh',
  'verdict',
]
