import type { Database } from '@altcontext/webhook-store'
import { type Command, Option } from 'commander'
import { describeWeek } from '../report/describe-week.ts'
import { lastWholeWeek, parseWeek } from '../report/iso-week.ts'
import { readWeeklyReport } from '../report/read-weekly-report.ts'
import { type ReportLanguage, reportLanguages } from '../report/report-words.ts'
import { toReportHtml } from '../report/to-report-html.ts'
import type { ChannelNames } from '../touches/normalise-channel.ts'
import { channelNamesOption } from './channel-names-option.ts'
import { databaseOfOwner } from './database-of-owner.ts'
import type { FileOutput } from './export-command.ts'
import { requireSeenLeads } from './require-seen-leads.ts'

interface ReportCommandOptions {
  /** True where the option has no value. */
  week?: string | true
  language: ReportLanguage
  owner?: string
  marketingProperty?: string
  channelName: ChannelNames
}

interface ReportJob {
  database: Database
  schema: string | undefined
  json: boolean
  out(text: string): void
  note(text: string): void
}

/** `webhook-metrics report`: adds its options to the command and returns its action. */
export const reportCommand = (
  command: Command,
  { file, environment }: { file: FileOutput; environment: Readonly<Record<string, string | undefined>> },
) => {
  command
    .description('write a week as HTML to standard output, to be mailed, and a sentence to standard error')
    .option('--week [week]', 'such as 2026-W47; by default the last one that is over')
    .addOption(new Option('--language <name>').choices(reportLanguages).default('en'))
    .option('--owner <id>', 'only this customer of the host; by default all')
    .option(
      '--marketing-property <id>',
      'the property of visitors and leads; by default that of ROLLUP_DEFAULT_PROPERTY_ID, else default',
    )
    .addOption(channelNamesOption())
  return async (options: ReportCommandOptions, { database, schema, json, out, note }: ReportJob) => {
    const { owner, language, channelName, week } = options
    const { marketingProperty = environment.ROLLUP_DEFAULT_PROPERTY_ID || 'default' } = options
    const asked = typeof week === 'string' ? parseWeek(week) : lastWholeWeek(Date.now())
    const ofOwner = databaseOfOwner(database, owner, 'report')
    await requireSeenLeads(database, { schema, job: 'report' })
    const report = await readWeeklyReport(ofOwner, {
      week: asked,
      schema,
      marketingPropertyId: marketingProperty,
      channelNames: channelName,
    })
    const sentence = describeWeek(report, language)
    const html = toReportHtml(report, language)
    if (json) return out(JSON.stringify({ week: report.week.name, sentence, html }))
    await file.write(html)
    note(sentence)
  }
}
