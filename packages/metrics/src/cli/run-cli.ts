import { createProgram, runProgram } from '@altcontext/webhook-contract/command-line'
import { type Database, sqlStateOf } from '@altcontext/webhook-store'
import { type Command, InvalidArgumentError } from 'commander'
import { createMetricsClient } from '../client/create-metrics-client.ts'
import { isMetricsError } from '../metrics-error.ts'
import { readBridge } from '../reads/read-bridge.ts'
import type { BridgeResponse } from '../responses/bridge-response.ts'
import { defaultRetention } from '../retention/check-retention.ts'
import { purgeRetention } from '../retention/purge-retention.ts'
import { findDiscrepancies } from '../rollups/find-discrepancies.ts'
import { rollupDirty } from '../rollups/rollup-dirty.ts'
import { rollupServiceUsage } from '../rollups/rollup-service-usage.ts'
import { copyVisits, lookAtLeads } from '../touches/copy-visits.ts'
import type { ChannelNames } from '../touches/normalise-channel.ts'
import { channelNamesOption } from './channel-names-option.ts'
import { describeDiscrepancies, describeStatus } from './describe.ts'
import { exportCommand, type FileOutput } from './export-command.ts'
import { openDatabase, refusePasswordFlag } from './open-database.ts'
import { reportCommand } from './report-command.ts'

export interface CliContext {
  environment: Readonly<Record<string, string | undefined>>
  /** The result, to standard output. */
  out(text: string): void
  /** Progress and errors, to standard error. */
  note(text: string): void
  /** For results that are too long for `out`. */
  file: FileOutput
}

interface GlobalOptions {
  databaseUrl?: string
  schema?: string
  json?: boolean
}

interface RollupOptions {
  marketingProperty?: string
  channelName: ChannelNames
}

interface RangeOptions {
  from?: string
  to?: string
}

interface Job extends CliContext {
  database: Database
  schema: string | undefined
  json: boolean
  /** The result: for programs where `--json` was given, else for people. */
  tell(result: object, text: string): void
}

/**
 * `webhook-metrics rollup | backfill | status | discrepancy | purge | export | report`.
 *
 * @returns the exit code: 0 done, 1 discrepancies found, 2 it could not be done
 */
export const runCli = async (args: readonly string[], context: CliContext): Promise<number> => {
  let exitCode = 0
  const write = (text: string): void => context.out(text.trimEnd())
  const writeError = (text: string): void => context.note(text.trimEnd())
  const program = createProgram({
    name: 'webhook-metrics',
    description: 'Rollups, freshness, discrepancies and retention of the webhook bridge',
    package: { name: '@altcontext/webhook-metrics', url: import.meta.url },
    write,
    writeError,
  })
    .option(
      '--database-url <url>',
      'PostgreSQL connection string without a password; by default DATABASE_URL',
    )
    .option('--schema <name>', "schema of the tables; by default the connection string's ?schema=")
    .option('--json', 'print the result as one JSON object')

  const tell: Job['tell'] = (result, text) =>
    context.out(program.opts<GlobalOptions>().json ? JSON.stringify(result) : text)
  const withDatabase = async (run: (job: Job) => Promise<unknown>): Promise<void> => {
    const { databaseUrl, schema, json = false } = program.opts<GlobalOptions>()
    refusePasswordFlag(databaseUrl)
    const opened = openDatabase(databaseUrl ?? context.environment.DATABASE_URL, schema)
    try {
      await run({ ...context, database: opened.database, schema: opened.schema, json, tell })
    } finally {
      await opened.close()
    }
  }
  const ranged = (name: string): Command =>
    program
      .command(name)
      .option('--from <day>', 'first UTC day, as YYYY-MM-DD')
      .option('--to <day>', 'last UTC day, itself included')

  program
    .command('rollup')
    .description('bring the rollups up to date: recompute what the dirty log names')
    .option(
      '--marketing-property <id>',
      'count the visitors of this property by channel; by default that of ROLLUP_DEFAULT_PROPERTY_ID, or none',
    )
    .addOption(channelNamesOption())
    .action(
      ({ marketingProperty = context.environment.ROLLUP_DEFAULT_PROPERTY_ID, channelName }: RollupOptions) =>
        withDatabase(async ({ database, schema, tell, note }) => {
          const result = await rollupDirty(database, {
            schema,
            onProgress: ({ cells, entries }) => note(`${cells} tenant days, ${entries} dirty entries`),
          })
          await copyVisitsFor(database, {
            schema,
            marketingPropertyId: marketingProperty,
            channelNames: channelName,
            note,
          })
          tell(
            result,
            `Rolled up ${result.cells} tenant days: ${result.changed} changed, ${result.removed} removed.`,
          )
        }),
    )

  ranged('backfill')
    .description('recompute every rollup of a range of days; by default all days')
    .action((range: RangeOptions) =>
      withDatabase(async ({ database, schema, tell, note }) => {
        const result = await rollupServiceUsage(database, {
          schema,
          ...range,
          onProgress: ({ doneThrough, to, cells }) =>
            note(`through ${doneThrough} of ${to}: ${cells} tenant days`),
        })
        tell(
          result,
          result.from === null
            ? 'There is nothing to roll up.'
            : `Rolled up ${result.from} to ${result.to}, ${result.cells} tenant days: ${result.changed} changed, ${result.removed} removed.`,
        )
      }),
    )

  program
    .command('status')
    .description('how far the numbers are complete, what waits, when each job last ran')
    .option('--url <origin>', 'ask a running server, with ADMIN_API_KEY, instead of the database')
    .action(async ({ url }: { url?: string }) => {
      const tellStatus = (status: BridgeResponse): void => tell(status, describeStatus(status))
      if (url === undefined) {
        await withDatabase(async ({ database, schema }) => tellStatus(await readBridge(database, { schema })))
      } else {
        const adminKey = context.environment.ADMIN_API_KEY ?? ''
        tellStatus(await createMetricsClient({ url, adminKey }).bridge())
      }
    })

  ranged('discrepancy')
    .description(
      'compare rollups with archives and raw events, totals with rollups; exit code 1 when they differ',
    )
    .action((range: RangeOptions) =>
      withDatabase(async ({ database, schema, tell }) => {
        const report = await findDiscrepancies(database, { schema, ...range })
        tell(report, describeDiscrepancies(report))
        exitCode = report.cells + report.days > 0 ? 1 : 0
      }),
    )

  const exporting = ranged('export')
  const runExport = exportCommand(exporting, context)
  exporting.action((options: Parameters<typeof runExport>[0]) =>
    withDatabase((job) => runExport(options, job)),
  )

  const reporting = program.command('report')
  const runReport = reportCommand(reporting, context)
  reporting.action((options: Parameters<typeof runReport>[0]) =>
    withDatabase((job) => runReport(options, job)),
  )

  program
    .command('purge')
    .description('apply the retention: move raw events into archives, delete old rollups')
    .option(
      '--raw-retention-days <days>',
      `raw events, from receipt; by default ${defaultRetention.rawRetentionDays}`,
      wholeNumber,
    )
    .option(
      '--retry-horizon-days <days>',
      `how long a sender retries; by default ${defaultRetention.retryHorizonDays}`,
      wholeNumber,
    )
    .option(
      '--rollup-retention-months <months>',
      `rollups, archives, milestones; by default ${defaultRetention.rollupRetentionMonths}`,
      wholeNumber,
    )
    .action((retention: Record<string, number>) =>
      withDatabase(async ({ database, schema, tell, note }) => {
        const purged = await purgeRetention(database, {
          schema,
          retention,
          onProgress: ({ events }) => note(`${events} raw events`),
        })
        const counts = Object.entries(purged).map(([name, count]) => `${count} ${name}`)
        tell(purged, `Purged ${counts.join(', ')}.`)
      }),
    )

  return runProgram(program, args, {
    writeError,
    exitCode: () => exitCode,
    explain: (error) => ({ message: sentenceOf(error) }),
  })
}

/** A command has no context to set: only the server can copy what row-level security hides from its role. */
const copyVisitsFor = async (
  database: Database,
  {
    schema,
    marketingPropertyId,
    channelNames,
    note,
  }: Pick<Job, 'schema' | 'note'> & { marketingPropertyId: string | undefined; channelNames: ChannelNames },
): Promise<void> => {
  const { hasCustomers, isHidden } = await lookAtLeads(database, schema)
  if (isHidden) {
    note(
      "Row-level security hides the host's leads from this role, so where they came from was not copied. Leave the worker of the server on, or use a role that bypasses it.",
    )
    return
  }
  const errors: unknown[] = []
  const onError = (error: unknown) => errors.push(error)
  await copyVisits(database, {
    schema,
    hasCustomers,
    marketingPropertyId: marketingPropertyId || undefined,
    channelNames,
    onError,
  })
  if (errors.length > 0) throw errors[0]
}

const wholeNumber = (text: string): number => {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('Expected a whole number.')
  return Number(text)
}

/** One sentence without the connection string, which the driver's own message may quote. */
const sentenceOf = (error: unknown): string => {
  if (isMetricsError(error)) return error.message
  const state = sqlStateOf(error)
  if (state === '42P01' || state === '3F000') {
    return 'Failed to find the tables of the bridge: the database has none with that name. Apply the migrations, or name their schema with --schema.'
  }
  if (state?.startsWith('28')) {
    return `Failed to log in to the database (${state}). Check user and password in DATABASE_URL, or --database-url and PGPASSWORD.`
  }
  const code = (error as { code?: unknown }).code
  return `Failed to use the database (${typeof code === 'string' ? code : (state ?? 'no response')}). Check that it runs and that --database-url or DATABASE_URL points to it.`
}
