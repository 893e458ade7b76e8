import { readFile, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { applyPolicy, parsePolicy } from './compatibility/acceptance-policy.ts'
import { createSnapshot, parseSnapshot } from './compatibility/contract-snapshot.ts'
import { diffSnapshots } from './compatibility/diff-snapshots.ts'
import { type DiffFormat, diffFormats, reportDiff } from './compatibility/report-diff.ts'
import type { AnyContract } from './events/define-contract.ts'
import { descriptionServiceContract } from './events/description-service-contract.ts'
import { toAsyncApi } from './export/asyncapi.ts'
import { toJsonSchema } from './export/json-schema.ts'
import { toOpenApi } from './export/openapi.ts'
import { toPythonTypes } from './export/python-types.ts'

const usage = `Usage:
  webhook-contract export --format json-schema|openapi|asyncapi|python|snapshot [--out FILE] [--contract MODULE]
  webhook-contract diff OLD NEW [--format text|json|markdown] [--policy FILE]

export writes the contract in another language. MODULE is a JavaScript file whose export "contract" (or default)
is what defineContract() returned; without it, the contract is that of AltContext's description service.
diff compares two snapshots and says in which order to deploy. It exits with 1 when a change is breaking.
`

export interface CliHost {
  write(text: string): void
  writeError(text: string): void
  nowMs: number
}

/** Runs `webhook-contract` and returns the exit code: 0 done, 1 breaking, 2 a mistake in the command. */
export const runCli = async (args: readonly string[], host: CliHost): Promise<number> => {
  const [command, ...rest] = args
  if (command === 'help' || args.includes('--help')) {
    host.write(usage)
    return 0
  }
  try {
    if (command === 'export') return await runExport(rest, host)
    if (command === 'diff') return await runDiff(rest, host)
    host.writeError(usage)
    return 2
  } catch (error) {
    host.writeError(`Failed to ${command}: ${error instanceof Error ? error.message : String(error)}\n`)
    return 2
  }
}

const asJson = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

const exporters: Record<string, (contract: AnyContract) => string> = {
  'json-schema': (contract) => asJson(toJsonSchema(contract)),
  openapi: (contract) => asJson(toOpenApi(contract)),
  asyncapi: (contract) => asJson(toAsyncApi(contract)),
  python: toPythonTypes,
  snapshot: (contract) => asJson(createSnapshot(contract)),
}

const runExport = async (args: string[], host: CliHost): Promise<number> => {
  const { values } = parseArgs({
    args,
    options: { format: { type: 'string' }, out: { type: 'string' }, contract: { type: 'string' } },
  })
  const text = choose('--format', values.format, exporters)(await loadContract(values.contract))
  if (values.out === undefined) host.write(text)
  else await writeFile(values.out, text)
  return 0
}

const runDiff = async (args: string[], host: CliHost): Promise<number> => {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { format: { type: 'string', default: 'text' }, policy: { type: 'string' } },
  })
  const [oldFile, newFile, ...others] = positionals
  if (oldFile === undefined || newFile === undefined || others.length > 0) {
    throw new Error(
      `expected two snapshots, got ${positionals.length}. Make them with export --format snapshot.`,
    )
  }
  const formats = Object.fromEntries(diffFormats.map((format) => [format, format])) as Record<
    string,
    DiffFormat
  >
  const format = choose('--format', values.format, formats)
  const diff = diffSnapshots(await readAs(oldFile, parseSnapshot), await readAs(newFile, parseSnapshot))
  const policy = values.policy === undefined ? { accept: [] } : await readAs(values.policy, parsePolicy)
  const judged = applyPolicy(diff, policy, host.nowMs)
  host.write(reportDiff(judged, format))
  return judged.verdict === 'breaking' ? 1 : 0
}

const choose = <Value>(option: string, name: string | undefined, values: Record<string, Value>): Value => {
  const value = name !== undefined && Object.hasOwn(values, name) ? values[name] : undefined
  if (value === undefined) {
    throw new Error(`${option} is ${name ?? 'missing'}. Choose one of ${Object.keys(values).join(', ')}.`)
  }
  return value
}

const readAs = async <Value>(file: string, parse: (text: string) => Value): Promise<Value> => {
  const text = await readFile(file, 'utf8').catch(({ code }) => {
    throw new Error(`${file} cannot be read (${code}). Name a file that is there.`)
  })
  try {
    return parse(text)
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

const loadContract = async (file: string | undefined): Promise<AnyContract> => {
  if (file === undefined) return descriptionServiceContract
  const module = await import(pathToFileURL(resolve(file)).href)
  const contract = module.contract ?? module.default
  if (typeof contract?.events !== 'object') {
    throw new Error(
      `${file} exports no contract. Export what defineContract() returns as "contract" or default.`,
    )
  }
  return contract
}
