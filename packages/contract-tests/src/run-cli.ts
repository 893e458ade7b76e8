import { writeFile } from 'node:fs/promises'
import { parseSigningSecret } from '@altcontext/webhook-contract'
import {
  type CommandOutput,
  createProgram,
  loadContract,
  runProgram,
} from '@altcontext/webhook-contract/command-line'
import { InvalidArgumentError } from 'commander'
import { type DevFlags, type DevHost, runDev } from './dev/run-dev.ts'
import { runTrigger, type TriggerFlags } from './dev/run-trigger.ts'
import { commandEmitter } from './emitter-checks/command-emitter.ts'
import { emitterChecks } from './emitter-checks/emitter-checks.ts'
import { createEmitterTarget } from './emitter-checks/emitter-target.ts'
import { storedCommand } from './emitter-checks/stored-command.ts'
import { receiverChecks } from './receiver-checks/receiver-checks.ts'
import { createReceiverTarget } from './receiver-checks/receiver-target.ts'
import type { Check } from './suite/check.ts'
import { reportLine, summarise, toJunit } from './suite/report-checks.ts'
import { runChecks } from './suite/run-checks.ts'

export interface CliHost extends CommandOutput, Partial<Omit<DevHost, 'write'>> {}

/** Runs `webhook-contract-tests` and returns the exit code: 0 all kept, 1 a promise broken, 2 a mistake in the command. */
export const runCli = async (args: readonly string[], host: CliHost): Promise<number> => {
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

  const keyOption = '--admin-key <key>'
  const secretOption = '--signing-secret <secret>'
  const contractOption = '--contract <module>'
  const contractWords =
    'a JavaScript file whose export "contract" (or default) is what defineContract() returned; by default the description service\'s'

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
    .option('--rate-limit <requests>', 'also check the limit per minute, which uses it up', readCount)
    .option('--completeness', 'check that it compares, so that losses are found')
    .option(
      '--read-stored <command>',
      'prints what is stored for the event with the id $EVENT_ID',
      storedCommand,
    )
    .option(contractOption, contractWords)
    .option('--junit <file>', 'write the results as JUnit XML')
    .action(async ({ junit, contract, ...options }) =>
      report(
        'receiver',
        receiverChecks,
        createReceiverTarget({ ...options, contract: await loadContract(contract) }),
        { junit },
      ),
    )

  program
    .command('emitter')
    .description('check an emitter that reads events as lines of JSON from its standard input')
    .requiredOption(
      '--command <command>',
      'started for each check, with WEBHOOK_URL, ADMIN_API_KEY and WEBHOOK_SIGNING_SECRET in its environment',
    )
    .option('--schedule <ms,ms,ms>', 'the waits before its retries, if not 1000,5000,30000', readSchedule)
    .option('--timeout <ms>', 'how long it waits for a response, if not 10000', readCount)
    .option('--no-signatures', 'it does not sign')
    .option(contractOption, contractWords)
    .option('--junit <file>', 'write the results as JUnit XML')
    .action(async ({ command, schedule, timeout, signatures, contract: file, junit }) => {
      const contract = await loadContract(file)
      const settings = { scheduleMs: schedule, timeoutMs: timeout, signs: signatures, contract }
      const target = createEmitterTarget(commandEmitter(command), settings)
      // Each check starts a process: many at once would delay their requests on a small CI machine.
      return report('emitter', emitterChecks, target, { junit, concurrency: 4 })
    })

  program
    .command('dev')
    .description('receive events on this machine, print them for people, and say what is refused and why')
    .option('--port <port>', 'where to listen, on loopback', readPort, 4700)
    .option(keyOption, 'expected as x-admin-key (ADMIN_API_KEY; a new one)')
    .option(
      secretOption,
      'whsec_...: unsigned and forged requests are refused (WEBHOOK_SIGNING_SECRET)',
      readSecret,
    )
    .option(contractOption, contractWords)
    .option('--fail <status>', 'respond to requests with this status, and store nothing', readStatus)
    .option('--every <n>', 'only every n-th request is affected by --fail or --drop-responses', readCount)
    .option('--delay <ms>', 'wait before each response', readCount)
    .option('--drop-responses', 'store the events, then break the connection')
    .action((flags: DevFlags) =>
      runDev(flags, {
        write: host.write,
        env: host.env ?? {},
        keys: host.keys,
        signal: host.signal ?? new AbortController().signal,
      }),
    )

  program
    .command('trigger')
    .description('send a valid sample of an event to a receiver')
    .argument('<event-type>', 'such as scan.completed')
    .option('--url <url>', 'its route (WEBHOOK_URL)', readUrl)
    .option(keyOption, 'sent as x-admin-key (ADMIN_API_KEY)')
    .option(secretOption, 'whsec_... (WEBHOOK_SIGNING_SECRET)', readSecret)
    .option(contractOption, contractWords)
    .option('--tenant <id>', 'whose event it is', 'tenant-1')
    .option(
      '--set <name=value>',
      'a field of the payload; may be repeated',
      (setting: string, before: string[]) => [...before, setting],
      [],
    )
    .option('--count <events>', 'how many', readCount, 1)
    .option('--rate <rate>', 'such as 20/s or 100/m; by default one after the other', readRate)
    .action(async (eventType: string, flags: TriggerFlags) => {
      const isStored = await runTrigger(eventType, flags, { write: host.write, env: host.env ?? {} })
      exitCode = isStored ? 0 : 1
    })

  return runProgram(program, args, {
    ...host,
    exitCode: () => exitCode,
    explain: (error) => ({
      message: `Failed to ${verbs[args[0] ?? ''] ?? 'run the checks'}: ${error instanceof Error ? error.message : String(error)}`,
    }),
  })
}

const verbs: Record<string, string> = { dev: 'receive events', trigger: 'trigger the event' }

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

const readPort = (text: string): number => {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    throw new InvalidArgumentError('Expected a port, 0 to 65535.')
  return Number(text)
}

const readStatus = (text: string): number => {
  if (!/^[2-5]\d\d$/.test(text)) throw new InvalidArgumentError('Expected a status from 200 to 599.')
  return Number(text)
}

/** Events per second. */
const readRate = (text: string): number => {
  const [, events, unit] = /^([1-9]\d{0,4})\/([smh])$/.exec(text) ?? []
  if (events === undefined) throw new InvalidArgumentError('Expected 20/s, 100/m or 1000/h.')
  return Number(events) / { s: 1, m: 60, h: 3600 }[unit as 's' | 'm' | 'h']
}
