import { writeFile } from 'node:fs/promises'
import { parseSigningSecret } from '@altcontext/webhook-contract'
import { type CommandOutput, createProgram, runProgram } from '@altcontext/webhook-contract/command-line'
import { InvalidArgumentError } from 'commander'
import type { Check } from './check.ts'
import { commandEmitter } from './command-emitter.ts'
import { emitterChecks } from './emitter-checks/emitter-checks.ts'
import { createEmitterTarget } from './emitter-target.ts'
import { receiverChecks } from './receiver-checks/receiver-checks.ts'
import { createReceiverTarget } from './receiver-target.ts'
import { reportLine, summarise, toJunit } from './report-checks.ts'
import { runChecks } from './run-checks.ts'
import { storedCommand } from './stored-command.ts'

/** Runs `webhook-contract-tests` and returns the exit code: 0 all kept, 1 a promise broken, 2 a mistake in the command. */
export const runCli = async (args: readonly string[], host: CommandOutput): Promise<number> => {
  let exitCode = 0
  const report = async <Target>(
    suite: string,
    checks: readonly Check<Target>[],
    target: Target,
    { junit, concurrency }: { junit?: string | undefined; concurrency?: number },
  ) => {
    const onResult = (result: Parameters<typeof reportLine>[0]) => host.write(reportLine(result))
    const results = await runChecks(checks, target, { concurrency, onResult })
    host.write(summarise(results))
    if (junit !== undefined) await writeFile(junit, toJunit(suite, results))
    exitCode = results.some(({ status }) => status === 'failed') ? 1 : 0
  }

  const program = createProgram({
    ...host,
    name: 'webhook-contract-tests',
    description:
      'Checks that a receiver or an emitter, in any language, keeps the promises of the webhook contract.',
    package: { name: '@altcontext/webhook-contract-tests', url: import.meta.url },
  })

  program
    .command('receiver')
    .description('check a running receiver; events of tenants named contract-tests-... are stored in it')
    .requiredOption('--url <url>', 'its route, or its origin', readUrl)
    .requiredOption('--admin-key <key>', 'sent as x-admin-key')
    .option(
      '--signing-secret <secret>',
      'whsec_...: every request is signed and forgeries are tried',
      readSecret,
    )
    .option('--rate-limit <requests>', 'check the limit of a minute too, and use it up', readCount)
    .option(
      '--read-stored <command>',
      'prints what is stored of the event with the id $EVENT_ID',
      storedCommand,
    )
    .option('--junit <file>', 'write the results as JUnit XML')
    .action(({ junit, ...options }) =>
      report('receiver', receiverChecks, createReceiverTarget(options), { junit }),
    )

  program
    .command('emitter')
    .description('check an emitter that reads events as lines of JSON from its standard input')
    .requiredOption(
      '--command <command>',
      'started for each check, with WEBHOOK_URL, ADMIN_API_KEY and WEBHOOK_SIGNING_SECRET in its environment',
    )
    .option('--schedule <ms,ms,ms>', 'the waits before its retries, if not 1000,5000,30000', readSchedule)
    .option('--timeout <ms>', 'how long it waits for an answer, if not 10000', readCount)
    .option('--no-signatures', 'it does not sign')
    .option('--junit <file>', 'write the results as JUnit XML')
    .action(({ command, schedule, timeout, signatures, junit }) => {
      const settings = { scheduleMs: schedule, timeoutMs: timeout, signs: signatures }
      const target = createEmitterTarget(commandEmitter(command), settings)
      // Each check starts a process: with many at once a small CI machine would make their requests late.
      return report('emitter', emitterChecks, target, { junit, concurrency: 4 })
    })

  return runProgram(program, args, {
    ...host,
    exitCode: () => exitCode,
    explain: (error) => ({
      message: `Failed to run the checks: ${error instanceof Error ? error.message : String(error)}`,
    }),
  })
}

const readUrl = (text: string): string => {
  if (!/^https?:$/.test(URL.parse(text)?.protocol ?? ''))
    throw new InvalidArgumentError('Expected an http address.')
  return text
}

const readSecret = (text: string): string => {
  try {
    parseSigningSecret(text)
  } catch {
    throw new InvalidArgumentError('Expected "whsec_" and base64 of 24 to 64 bytes.')
  }
  return text
}

const readCount = (text: string): number => {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('Expected a whole number above 0.')
  return Number(text)
}

const readSchedule = (text: string): number[] => text.split(',').map(readCount)
