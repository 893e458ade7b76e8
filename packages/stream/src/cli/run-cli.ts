import { type CommandOutput, createProgram, runProgram } from '@altcontext/webhook-contract/command-line'
import type { Command } from 'commander'
import { isStreamError } from '../stream-error.ts'
import type { ConsumeFlags } from './read-consume-options.ts'

export interface CliContext extends CommandOutput {
  env: Readonly<Record<string, string | undefined>>
}

/**
 * Runs one command and resolves with the exit code: 0 done, 1 failed, 2 wrong flags. Each command loads what it needs when it
 * runs, so that help and completion respond at once.
 */
export const runCli = (args: readonly string[], context: CliContext): Promise<number> =>
  runProgram(createStreamProgram(context), args, {
    ...context,
    explain: (error) =>
      isStreamError(error)
        ? { message: error.message, exitCode: error.code === 'invalid_options' ? 2 : 1 }
        : undefined,
  })

const createStreamProgram = (context: CliContext): Command => {
  const program = createProgram({
    ...context,
    name: 'webhook-stream',
    description: 'Takes webhook events from NATS JetStream into PostgreSQL.',
    package: { name: '@altcontext/webhook-stream', url: import.meta.url },
  })

  program
    .command('consume')
    .description('Take events from the stream, store each once and send its receipt, until SIGTERM.')
    .option('--nats <servers>', 'nats://host:4222 or tls://..., several with commas (NATS_URL)')
    .option('--stream <name>', 'stream that holds the events (STREAM_NAME; WEBHOOKS)')
    .option('--prefix <name>', 'with which the subjects begin (STREAM_PREFIX; webhooks)')
    .option('--durable <name>', 'shared by all consumers that divide the work (STREAM_DURABLE; receiver)')
    .option('--copy', 'for a second database beside the one that must have the events: no receipts are sent')
    .option('--filter <subject>', 'only these subjects (STREAM_FILTER; <prefix>.>)')
    .option('--replicas <count>', 'of the streams, when they are created (STREAM_REPLICAS; 3)')
    .option('--schema <name>', 'that holds the tables (STREAM_SCHEMA; the search path)')
    .option(
      '--contract <module>',
      'a JavaScript file whose export "contract" (or default) is what defineContract() returned (STREAM_CONTRACT; the description service\'s)',
    )
    .option('--log-level <level>', '(LOG_LEVEL; info)')
    .addHelpText('after', secretsHelp)
    .action(async (flags: ConsumeFlags) => {
      const { readConsumeOptions } = await import('./read-consume-options.ts')
      const { runConsume } = await import('./run-consume.ts')
      await runConsume(await readConsumeOptions(flags, context.env))
    })

  program
    .command('keys')
    .description(
      'Create the pair of keys: producers seal private fields with the public one, consumers open them with the private one.',
    )
    .option('--out <folder>', 'where the two files are written', '.')
    .action(async ({ out }: { out: string }) => {
      const { writeKeys } = await import('./write-keys.ts')
      context.write(await writeKeys(out))
    })
  return program
}

const secretsHelp = `
Secrets are read from the environment only, because other users can see command lines; DATABASE_URL_FILE, NATS_URL_FILE,
NATS_PASSWORD_FILE and NATS_TOKEN_FILE give the path of a file with the secret instead:
  DATABASE_URL          postgres://user:password@host/database
  STREAM_OPENING_KEYS   paths of the private keys that "webhook-stream keys" wrote, separated by commas
  NATS_CREDS            path of a credentials file; or NATS_USER and NATS_PASSWORD; or NATS_TOKEN`
