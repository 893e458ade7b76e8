import type { Funnel } from '../responses/funnel.ts'
import type { WeeklyReport } from './read-weekly-report.ts'
import { createReportFormat, type ReportFormat } from './report-format.ts'
import { type ReportLanguage, type ReportWords, reportWords } from './report-words.ts'

/** The week in a sentence. */
export const describeWeek = (report: WeeklyReport, language: ReportLanguage): string => {
  const words = reportWords[language]
  const format = createReportFormat(language)
  const { week, usage } = report
  const title = `${words.title(week.name)} (${format.range(week.window)})`
  return `${title}${words.colon} ${tenants(report, words, format)}${scans(usage.usage, words, format)}.`
}

const tenants = ({ usage }: WeeklyReport, words: ReportWords, format: ReportFormat): string => {
  const { funnel, funnelChanges } = usage
  const { tenantsCreated } = funnel
  const previous = funnelChanges?.tenantsCreated.previous ?? null
  const more = previous === null ? undefined : tenantsCreated - previous
  return [
    words.tenants(tenantsCreated, format.count(tenantsCreated)),
    ...(more === undefined ? [] : [words.compared(more, format.count(Math.abs(more)))]),
    ...scanned(funnel, words, format),
  ].join(', ')
}

const scanned = (
  { tenantsCreated, tenantsWithFirstScan }: Funnel,
  words: ReportWords,
  format: ReportFormat,
): string[] =>
  tenantsCreated === 0 ? [] : [words.scanned(tenantsWithFirstScan, format.count(tenantsWithFirstScan))]

const scans = (
  { totalScansCompleted, scanSuccessRate }: WeeklyReport['usage']['usage'],
  words: ReportWords,
  format: ReportFormat,
): string => {
  const { value } = totalScansCompleted
  if (value === null) return ''
  const share = scanSuccessRate.value === null ? undefined : format.percent(scanSuccessRate.value)
  return `; ${words.scans(value, format.count(value), share)}`
}
