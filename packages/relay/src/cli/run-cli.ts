import { existsSync } from 'node:fs'
import type { AnyContract } from '@altcontext/webhook-contract'
import {
  type CommandOutput,
  createProgram,
  loadContract,
  printable,
  runProgram,
} from '@altcontext/webhook-contract/command-line'
import type { EmitterError } from '@altcontext/webhook-emitter'
import type { JetStreamFlags, StreamError } from '@altcontext/webhook-stream'
import type { Command } from 'commander'
import { relayDefaults } from '../relay-defaults.ts'
import { invalidOptions, isRelayError } from '../relay-error.ts'
import type { RelayEnvironment, RelayFlags } from '../relay-options.ts'
import { readSecrets, refusePasswordFlag } from './read-secrets.ts'
import type { ReconcileFlags } from './run-reconcile.ts'
import type { RecordFilters, RecordsContext } from './run-records.ts'
import { findRunningOutbox } from './running-relay.ts'

export interface CliContext extends CommandOutput, Pick<RecordsContext, 'confirm'> {
  env: RelayEnvironment
  nowMs: number
  /** Ends `tail`. */
  signal: AbortSignal
}

/**
 * Runs one command and resolves with the exit code: 0 done, 1 failed, 2 wrong flags. Each command loads what it needs when it
 * runs, so that help and completion respond at once.
 */
export const runCli = (args: readonly string[], context: CliContext): Promise<number> => {
  const end = { exitCode: 0 }
  return runProgram(createRelayProgram(context, end), args, {
    ...context,
    exitCode: () => end.exitCode,
    explain: (error) =>
      isRelayError(error) || isErrorOfOurs(error)
        ? { message: error.message, exitCode: error.code === 'invalid_options' ? 2 : 1 }
        : undefined,
  })
}

const createRelayProgram = (context: CliContext, end: { exitCode: number }): Command => {
  const { env, write } = context
  const program = createProgram({
    ...context,
    name: 'webhook-relay',
    description: 'Takes webhook events, keeps them in a durable outbox, and delivers them.',
    package: { name: '@altcontext/webhook-relay', url: import.meta.url },
  })

  const outboxCommand = (name: string, description: string): Command =>
    program
      .command(name)
      .description(description)
      .option(
        '--outbox <where>',
        `a SQLite file, or postgres://... without a password (RELAY_OUTBOX; ${relayDefaults.outbox})`,
      )
      .option('--schema <name>', 'schema of a PostgreSQL outbox (RELAY_SCHEMA; public)')

  outboxCommand('serve', 'Take events at POST /events and deliver them.')
    .option('--url <url>', "the receiver's route (WEBHOOK_URL)")
    .option(
      '--nats <servers>',
      'NATS JetStream carries the events: nats://host:4222 or tls://..., several with commas (NATS_URL); needs the package @altcontext/webhook-stream',
    )
    .option(
      '--sealing-key <file>',
      'with NATS: the public key of "webhook-stream keys", or none to leave private fields out (STREAM_SEALING_KEY)',
    )
    .option('--stream <name>', 'with NATS: the stream that holds the events (STREAM_NAME; WEBHOOKS)')
    .option('--prefix <name>', 'with NATS: with which the subjects begin (STREAM_PREFIX; webhooks)')
    .option('--replicas <count>', 'with NATS: of the streams, when they are created (STREAM_REPLICAS; 3)')
    .option('--host <host>', `where to listen (RELAY_HOST; ${relayDefaults.host})`)
    .option('--port <port>', `(RELAY_PORT; ${relayDefaults.port})`)
    .option('--socket <path>', 'a Unix socket, instead of host and port (RELAY_SOCKET)')
    .option('--max-events <count>', 'how many may wait (RELAY_MAX_EVENTS; 1000000)')
    .option('--max-age <duration>', 'how long an event may wait (RELAY_MAX_AGE; 60d, the maximum)')
    .option('--log-retention <duration>', 'how long delivered events are kept (RELAY_LOG_RETENTION; 7d)')
    .option('--dead-retention <duration>', 'how long dead events are kept (RELAY_DEAD_RETENTION; 90d)')
    .option(
      '--dead-private-fields <duration>',
      'how long dead events keep them (RELAY_DEAD_PRIVATE_FIELDS; 7d)',
    )
    .option(
      '--shutdown-timeout <duration>',
      'how long to deliver after SIGTERM (RELAY_SHUTDOWN_TIMEOUT; 10s)',
    )
    .option('--log-level <level>', '(LOG_LEVEL; info)')
    .option(
      '--contract <module>',
      'a JavaScript file whose export "contract" (or default) is what defineContract() returned (RELAY_CONTRACT; the description service\'s)',
    )
    .addHelpText('after', secretsHelp)
    .action(async (flags: RelayFlags & JetStreamFlags) => {
      refusePasswordFlag(flags.outbox)
      const { resolveRelayOptions } = await import('../relay-options.ts')
      const { runServe } = await import('./run-serve.ts')
      const secrets = readSecrets(env)
      const options = resolveRelayOptions(flags, secrets)
      const contract = await readContract(flags.contract ?? env.RELAY_CONTRACT)
      const transport =
        options.carrier === 'nats'
          ? await (await import('./load-stream.ts')).loadStream(flags, secrets, contract)
          : undefined
      await runServe(options, { env, contract, transport })
    })

  const onRecords =
    <Args extends unknown[]>(
      choose: (commands: RecordsCommands) => (context: RecordsContext, ...args: Args) => Promise<void>,
    ) =>
    async (flags: OutboxFlags, ...args: Args): Promise<void> => {
      refusePasswordFlag(flags.outbox)
      const { openRecords, outboxLocationIssues, parseOutboxLocation } = await import('./outbox-location.ts')
      const run = choose(await import('./run-records.ts'))
      const outbox =
        flags.outbox ??
        readSecrets(env).RELAY_OUTBOX ??
        (existsSync(relayDefaults.outbox) ? undefined : findRunningOutbox(env)) ??
        relayDefaults.outbox
      const schema = flags.schema ?? env.RELAY_SCHEMA
      const problems = outboxLocationIssues(outbox, schema).map(({ path, message }) => `${path} ${message}`)
      if (problems.length > 0) {
        throw invalidOptions(
          `Failed to open the outbox: ${problems.join('; ')}. Correct the flags or environment variables.`,
        )
      }
      const records = openRecords(parseOutboxLocation(outbox, schema))
      try {
        const { nowMs, confirm } = context
        await run(
          {
            records,
            isJson: flags.json === true,
            write: (text) => write(`${printable(text)}\n`),
            nowMs,
            confirm,
          },
          ...args,
        )
      } finally {
        await records.close()
      }
    }
  const recordsCommand = (name: string, description: string): Command =>
    outboxCommand(name, description).option('--json', 'for programs')

  recordsCommand('status', 'The loss ledger: what happened to every accepted event.').action(
    (flags: OutboxFlags) => onRecords(({ runStatus }) => runStatus)(flags),
  )
  const filteredCommand = (name: string, description: string): Command =>
    recordsCommand(name, description)
      .option('--type <type>', 'such as scan.completed')
      .option('--tenant <id>', 'only waiting and dead events: delivered ones are not searched')
      .option('--reason <reason>', 'why events are dead or dropped: refused, exhausted, expired, ...')

  filteredCommand('list', 'Events, the newest first.')
    .option('--state <state>', 'pending, delivered, duplicate, dead or dropped')
    .option('--limit <count>', '(50)')
    .action((flags: OutboxFlags & RecordFilters & { state?: string; limit?: string }) =>
      onRecords(({ runList }) => runList)(flags, flags),
    )
  recordsCommand('show', 'What happened to one event, when, and why.')
    .argument('<id>')
    .action((id: string, flags: OutboxFlags) => onRecords(({ runShow }) => runShow)(flags, id))
  recordsCommand('replay', 'Send dead events again, or waiting ones at once.')
    .argument('[id]')
    .option('--all-dead')
    .option('--since <when>', 'events that died since then: 12h, or a date')
    .action((id: string | undefined, flags: OutboxFlags & { allDead?: true; since?: string }) =>
      onRecords(({ runReplay }) => runReplay)(flags, { id, allDead: flags.allDead, since: flags.since }),
    )
  recordsCommand(
    'prune',
    'Delete settled events from the delivery log, dead ones only with --state dead; the ledger still counts them.',
  )
    .requiredOption('--older-than <duration>', 'such as 7d')
    .option('--state <state>', 'delivered, duplicate, dropped or dead (all but dead)')
    .option('--dry-run', 'only count them')
    .action((flags: OutboxFlags & { olderThan: string; state?: string; dryRun?: true }) =>
      onRecords(({ runPrune }) => runPrune)(flags, flags),
    )
  filteredCommand('tail', 'Changes as they happen, until Ctrl-C.')
    .option('--since <when>', 'where to begin: 10m, or a date', '10m')
    .action((flags: OutboxFlags & RecordFilters & { since: string }) =>
      onRecords(({ runTail }) => runTail)(flags, flags, context.signal),
    )

  recordsCommand(
    'reconcile',
    'Prove that the receiver has what was delivered: compare, name missing events, and send them again.',
  )
    .option('--url <url>', "the receiver's route (WEBHOOK_URL)")
    .option('--since <when>', 'only events made since then: 12h, or a date (all of them)')
    .option('--repair', 'send missing events again (the default)')
    .option('--dry-run', 'only name missing events')
    .addHelpText('after', secretsHelp)
    .action((flags: OutboxFlags & ReconcileFlags) =>
      onRecords(() => async (recordsContext) => {
        const { runReconcile } = await import('./run-reconcile.ts')
        const reconcileContext = { ...recordsContext, env: readSecrets(env), signal: context.signal }
        end.exitCode = (await runReconcile(reconcileContext, flags)) ? 0 : 1
      })(flags),
    )

  program
    .command('sql')
    .description('Print the tables and functions of a PostgreSQL outbox, for your own migrations.')
    .option('--schema <name>', '(RELAY_SCHEMA; public)')
    .option(
      '--contract [module]',
      "with the contract of a file, or the description service's: refuse events of other types, or without a required field",
    )
    .action(async (flags: { schema?: string; contract?: string | true }) => {
      const file = flags.contract === true ? env.RELAY_CONTRACT : flags.contract
      const contract = flags.contract === undefined ? undefined : await readContract(file)
      const { postgresOutboxSql } = await import('@altcontext/webhook-emitter/postgres')
      write(postgresOutboxSql(flags.schema ?? env.RELAY_SCHEMA, contract))
    })
  return program
}

/** @throws {RelayError} `invalid_options` */
const readContract = async (file: string | undefined): Promise<AnyContract> => {
  try {
    return await loadContract(file?.trim() === '' ? undefined : file)
  } catch (error) {
    throw invalidOptions(
      `Failed to read the contract: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}

const secretsHelp = `
Secrets are read from the environment only, because other users can see command lines; a variable with _FILE behind its name gives
the path of a file with the secret instead:
  ADMIN_API_KEY           sent to the receiver as x-admin-key
  WEBHOOK_SIGNING_SECRET  whsec_..., optional; several for a rotation, separated by commas
  RELAY_TOKEN             required of producers as "Authorization: Bearer"; optional on loopback and on a socket
  RELAY_OUTBOX            postgres://user:password@host/database
  NATS_URL                nats://host:4222 or nats://user:password@host:4222
  NATS_PASSWORD           with NATS_USER; or NATS_TOKEN; or NATS_CREDS, the path of a credentials file`

type RecordsCommands = typeof import('./run-records.ts')

/** By their names, because emitter and stream are not loaded just for that. */
const isErrorOfOurs = (error: unknown): error is EmitterError | StreamError =>
  error instanceof Error && ['EmitterError', 'StreamError'].includes(error.name)

interface OutboxFlags {
  outbox?: string | undefined
  schema?: string | undefined
  json?: boolean | undefined
}
