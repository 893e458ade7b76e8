import type { Database } from '@altcontext/webhook-store'
import { type Command, Option } from 'commander'
import {
  type ExportFormat,
  type ExportTableName,
  exportFormats,
  exportRows,
  exportTables,
} from '../exporting/export-rows.ts'
import { invalidOptions } from '../metrics-error.ts'
import type { ChannelNames } from '../touches/normalise-channel.ts'
import { channelNamesOption } from './channel-names-option.ts'
import { databaseOfOwner } from './database-of-owner.ts'
import { requireSeenLeads } from './require-seen-leads.ts'

/** The target of a file that is written piece by piece. */
export interface FileOutput {
  /** To standard output; resolves when more may come. */
  write(chunk: string | Uint8Array): Promise<void>
  /** Somebody looks at standard output. */
  isTerminal: boolean
  /** Replaces the line on standard error, if somebody looks at it. */
  showProgress?: ((text: string) => void) | undefined
}

interface ExportCommandOptions {
  format: ExportFormat
  table: ExportTableName
  from?: string
  to?: string
  owner?: string
  marketingProperty?: string
  channelName: ChannelNames
}

interface ExportJob {
  database: Database
  schema: string | undefined
  note(text: string): void
}

/** `webhook-metrics export`: adds its options to the command and returns its action. */
export const exportCommand = (
  command: Command,
  { file, environment }: { file: FileOutput; environment: Readonly<Record<string, string | undefined>> },
) => {
  command
    .description('write a table to standard output, for a warehouse: without private fields')
    .addOption(new Option('--table <name>').choices(Object.keys(exportTables)).makeOptionMandatory())
    .addOption(new Option('--format <name>').choices(exportFormats).default('csv'))
    .option('--owner <id>', 'only this customer of the host; by default all')
    .option(
      '--marketing-property <id>',
      'for channels: the property of visitors and leads; by default that of ROLLUP_DEFAULT_PROPERTY_ID',
    )
    .addOption(channelNamesOption())
  return async (options: ExportCommandOptions, { database, schema, note }: ExportJob): Promise<void> => {
    const {
      owner,
      channelName,
      marketingProperty = environment.ROLLUP_DEFAULT_PROPERTY_ID,
      ...asked
    } = options
    if (options.format === 'parquet' && file.isTerminal) {
      throw invalidOptions(
        'Failed to export: Parquet is not for a terminal. Send standard output to a file: > events.parquet.',
      )
    }
    const ofOwner = databaseOfOwner(database, owner, 'export')
    // The only table that counts the host's own rows.
    if (options.table === 'channels') {
      await requireSeenLeads(database, { schema, job: 'export the channels' })
    }
    const rows = await exportRows(ofOwner, {
      ...asked,
      schema,
      marketingPropertyId: marketingProperty,
      channelNames: channelName,
      write: file.write,
      onProgress: (written) => file.showProgress?.(`${written.toLocaleString('en')} rows`),
    })
    file.showProgress?.('')
    note(`Exported ${rows} rows of ${options.table}.`)
  }
}
