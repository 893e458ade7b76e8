import { readFile, writeFile } from 'node:fs/promises'
import { Option } from 'commander'
import { type CommandOutput, createProgram } from './command-line/create-program.ts'
import { loadContract } from './command-line/load-contract.ts'
import { runProgram } from './command-line/run-program.ts'
import { applyPolicy, parsePolicy } from './compatibility/acceptance-policy.ts'
import { createSnapshot, parseSnapshot } from './compatibility/contract-snapshot.ts'
import { diffSnapshots } from './compatibility/diff-snapshots.ts'
import { type DiffFormat, diffFormats, reportDiff } from './compatibility/report-diff.ts'
import type { AnyContract } from './events/define-contract.ts'
import { toAsyncApi } from './export/asyncapi.ts'
import { toJsonSchema } from './export/json-schema.ts'
import { toOpenApi } from './export/openapi.ts'
import { toPythonTypes } from './export/python-types.ts'
import { toTypeScriptTypes } from './export/typescript-types.ts'

export interface CliHost extends CommandOutput {
  nowMs: number
}

/** Runs `webhook-contract` and returns the exit code: 0 done, 1 breaking, 2 a mistake in the command. */
export const runCli = async (args: readonly string[], host: CliHost): Promise<number> => {
  let exitCode = 0
  const program = createProgram({
    ...host,
    name: 'webhook-contract',
    description: 'Writes a contract in another language, and says whether a change of it breaks anything.',
    package: { name: '@altcontext/webhook-contract', url: import.meta.url },
  })
  const formats = Object.keys(exporters)
  program
    .command('export')
    .description('write the contract in another language')
    .addOption(new Option('--format <format>', 'the format to write').choices(formats).makeOptionMandatory())
    .option('--out <file>', 'where to write it; by default to standard output')
    .option(contractFlag, `${contractWords}; by default the contract of AltContext's description service`)
    .action((options: ExportOptions) => runExport(options, host))
  program
    .command('diff')
    .description(
      'compare two snapshots and say in which order to deploy; exit code 1 when a change is breaking',
    )
    .argument('<old>', 'a snapshot: export --format snapshot')
    .argument('[new]', 'another one; by default the contract as it is now')
    .option(contractFlag, `${contractWords}, in place of <new>`)
    .addOption(
      new Option('--format <format>', 'the format of the report').choices(diffFormats).default('text'),
    )
    .option('--policy <file>', 'which breaking changes are accepted')
    .action(async (oldFile: string, newFile: string | undefined, options: DiffOptions) => {
      exitCode = await runDiff(oldFile, newFile, options, host)
    })
  return runProgram(program, args, {
    ...host,
    exitCode: () => exitCode,
    explain: (error) => ({
      message: `Failed to ${args[0]}: ${error instanceof Error ? error.message : String(error)}`,
    }),
  })
}

interface ExportOptions {
  format: string
  out?: string
  contract?: string
}

interface DiffOptions {
  format: DiffFormat
  contract?: string
  policy?: string
}

const contractFlag = '--contract <module>'
const contractWords =
  'a JavaScript file whose export "contract" (or default) is what defineContract() returned'

const asJson = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

const exporters: Record<string, (contract: AnyContract) => string> = {
  'json-schema': (contract) => asJson(toJsonSchema(contract)),
  openapi: (contract) => asJson(toOpenApi(contract)),
  asyncapi: (contract) => asJson(toAsyncApi(contract)),
  python: toPythonTypes,
  typescript: toTypeScriptTypes,
  snapshot: (contract) => asJson(createSnapshot(contract)),
}

const runExport = async ({ format, out, contract }: ExportOptions, host: CliHost): Promise<void> => {
  const write = exporters[format] as (contract: AnyContract) => string
  const text = write(await loadContract(contract))
  if (out === undefined) host.write(text)
  else await writeFile(out, text)
}

const runDiff = async (
  oldFile: string,
  newFile: string | undefined,
  { format, contract, policy: policyFile }: DiffOptions,
  host: CliHost,
): Promise<number> => {
  if (newFile !== undefined && contract !== undefined)
    throw new Error('a second snapshot and --contract are given. Give one of them.')
  const before = await readAs(oldFile, parseSnapshot)
  const after =
    newFile === undefined
      ? createSnapshot(await loadContract(contract))
      : await readAs(newFile, parseSnapshot)
  const diff = diffSnapshots(before, after)
  const policy = policyFile === undefined ? { accept: [] } : await readAs(policyFile, parsePolicy)
  const judged = applyPolicy(diff, policy, host.nowMs)
  host.write(reportDiff(judged, format))
  return judged.verdict === 'breaking' ? 1 : 0
}

const readAs = async <Value>(file: string, parse: (text: string) => Value): Promise<Value> => {
  const text = await readFile(file, 'utf8').catch(({ code }) => {
    throw new Error(`${file} cannot be read (${code}). Name an existing file.`)
  })
  try {
    return parse(text)
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : String(error)}`)
  }
}
