import type { ChannelRow } from '../responses/channels-response.ts'
import { describeWeek } from './describe-week.ts'
import type { WeeklyReport } from './read-weekly-report.ts'
import { createReportFormat, type ReportFormat } from './report-format.ts'
import { type ReportLanguage, type ReportWords, reportWords } from './report-words.ts'

// Mail programs drop style sheets, scripts and pictures, and know tables best: every style is in its element.
const ink = '#1b2733'
const faint = '#5b6774'
const line = '#d5dce3'
const accent = '#1f5fa8'
const styles = {
  page: `margin:0;padding:24px 12px;background:#f3f5f7;color:${ink};font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif`,
  sheet: 'width:100%;max-width:680px;background:#ffffff;border-radius:8px',
  h1: `margin:0 0 16px;font-size:20px;line-height:1.4;font-weight:600;color:${ink}`,
  h2: `margin:28px 0 8px;font-size:16px;font-weight:600;color:${ink}`,
  note: `margin:0 0 8px;font-size:14px;color:${faint}`,
  table: 'width:100%;border-collapse:collapse;font-size:14px',
  head: `padding:6px 8px;border-bottom:2px solid ${line};text-align:left;font-weight:600;vertical-align:bottom`,
  cell: `padding:6px 8px;border-bottom:1px solid ${line};text-align:left;font-weight:400;vertical-align:top`,
  right: 'text-align:right;white-space:nowrap',
}

/** The report as one document that can be mailed as it is: no script, no picture, nothing that is loaded. */
export const toReportHtml = (report: WeeklyReport, language: ReportLanguage): string => {
  const words = reportWords[language]
  const format = createReportFormat(language)
  const { week, usage } = report
  const title = `${words.title(week.name)} · ${format.range(week.window)}`
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light">
<title>${text(title)}</title>
</head>
<body style="${styles.page}">
<table role="presentation" align="center" style="${styles.sheet}"><tr><td style="padding:24px">
<h1 style="${styles.h1}">${text(describeWeek(report, language))}</h1>
${notes(report, words, format)
  .map((note) => `<p style="${styles.note}">${text(note)}</p>`)
  .join('\n')}
<h2 style="${styles.h2}">${text(words.numbers)}</h2>
${table(['', words.thatWeek, words.change], numberRows(report, words, format))}
<h2 style="${styles.h2}">${text(words.channels)}</h2>
${table(words.channelColumns, channelRows(report, words, format))}
<h2 style="${styles.h2}">${text(words.days)}</h2>
${days(usage.trend, words, format)}
<p style="${styles.note};margin-top:24px">${text(words.definitions)}</p>
</td></tr></table>
</body>
</html>
`
}

const text = (value: string): string => value.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`)

const notes = (
  { isOver, usage: { freshness } }: WeeklyReport,
  words: ReportWords,
  format: ReportFormat,
): string[] => {
  const { completeThrough, restatementsInLast7Days: restated } = freshness
  return [
    ...(isOver ? [] : [words.notOver]),
    ...(completeThrough === null
      ? [words.neverRolledUp]
      : [words.completeThrough(format.moment(completeThrough))]),
    ...(restated === 0 ? [] : [words.restated(restated)]),
  ]
}

type Row = readonly string[]

const numberRows = ({ usage: response }: WeeklyReport, words: ReportWords, format: ReportFormat): Row[] => {
  const { funnel, funnelChanges: changes, usage } = response
  const { labels, unknown } = words
  const counted = (value: number | null) => (value === null ? unknown : format.count(value))
  // That nothing was counted does not mean that nobody came.
  const ofTheHost = (value: number) =>
    counted(funnel.marketingDaysCovered === 0 && value === 0 ? null : value)
  const changed = (delta: number | null | undefined) => (delta == null ? '' : format.change(delta))
  const of = (count: number | null, rate: number | null) =>
    `${counted(count)}${rate === null ? '' : ` (${format.percent(rate)})`}`
  const { totalScansCompleted, scanSuccessRate, totalMediaProcessed, totalIdentitiesDetected } = usage
  return [
    [labels.visitors, ofTheHost(funnel.marketingVisitors), changed(changes?.marketingVisitors.delta)],
    [labels.leads, ofTheHost(funnel.leadsCaptured), changed(changes?.leadsCaptured.delta)],
    [labels.created, counted(funnel.tenantsCreated), changed(changes?.tenantsCreated.delta)],
    [labels.firstScan, of(funnel.tenantsWithFirstScan, funnel.rates.activationRate.value), ''],
    [labels.returned, of(funnel.tenantsReturned, funnel.rates.returnRate.value), ''],
    [labels.active, counted(funnel.activeTenants), changed(changes?.activeTenants.delta)],
    [labels.scans, counted(totalScansCompleted.value), changed(totalScansCompleted.delta)],
    [
      labels.success,
      scanSuccessRate.value === null ? unknown : format.percent(scanSuccessRate.value),
      scanSuccessRate.points === null ? '' : words.points(format.points(scanSuccessRate.points)),
    ],
    [labels.media, counted(totalMediaProcessed.value), changed(totalMediaProcessed.delta)],
    [labels.identities, counted(totalIdentitiesDetected.value), changed(totalIdentitiesDetected.delta)],
  ]
}

const channelRows = (
  { channels, usage: { funnel } }: WeeklyReport,
  words: ReportWords,
  format: ReportFormat,
): Row[] =>
  channels.channels.map((row) => [
    channelName(row, words),
    funnel.marketingDaysCovered === 0 && channels.totals.visitors === 0 ? '–' : format.count(row.visitors),
    format.count(row.leads),
    format.count(row.tenantsCreated),
    format.count(row.tenantsWithFirstScan),
  ])

const channelName = ({ channel }: ChannelRow, { channelNames }: ReportWords): string =>
  Object.hasOwn(channelNames, channel) ? (channelNames[channel] as string) : channel

const table = (columns: readonly string[], rows: readonly Row[]): string => {
  const cells = (tag: 'th' | 'td', style: string, values: Row) =>
    values
      .map((value, index) => {
        const scope = tag === 'th' ? ' scope="col"' : ''
        if (index > 0) return `<${tag}${scope} style="${style};${styles.right}">${text(value)}</${tag}>`
        return tag === 'th' && value === ''
          ? `<td style="${style}"></td>`
          : `<th scope="${tag === 'th' ? 'col' : 'row'}" style="${style}">${text(value)}</th>`
      })
      .join('')
  return `<table style="${styles.table}">
<tr>${cells('th', styles.head, columns)}</tr>
${rows.map((row) => `<tr>${cells('td', styles.cell, row)}</tr>`).join('\n')}
</table>`
}

const days = (trend: WeeklyReport['usage']['trend'], words: ReportWords, format: ReportFormat): string => {
  const highest = Math.max(1, ...trend.map(({ scansCompleted }) => scansCompleted ?? 0))
  const rows = trend.map(({ day, scansCompleted }) => {
    const width = Math.round(((scansCompleted ?? 0) / highest) * 100)
    const bar = `<div style="width:${width}%;height:12px;background:${accent};border-radius:2px"></div>`
    const count = scansCompleted === null ? words.unknown : format.count(scansCompleted)
    return `<tr><th scope="row" style="${styles.cell};width:5em">${text(format.weekday(day))}</th><td style="${styles.cell}">${bar}</td><td style="${styles.cell};${styles.right};width:5em">${text(count)}</td></tr>`
  })
  return `<table style="${styles.table}">\n${rows.join('\n')}\n</table>`
}
