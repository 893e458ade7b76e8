import { writeFileSync } from 'node:fs'
import { readCommandLine, refuse } from '../../scripts/read-command-line.ts'
import { benchmarks } from './benchmarks.ts'
import { printRows } from './measuring/print-tables.ts'
import type { BenchmarkRow } from './measuring/samples.ts'

const usage = `Usage: npm run bench -- [NAME ...] [--json FILE] [--plans FILE] [--events NUMBER] [--keep FOLDER]

Runs the named benchmarks, or all but the long ones, and prints what they measured beside what people would use instead.
--json FILE writes the rows as JSON, --plans FILE the plans of the metrics' statements. --list prints the names.
--events is the number of events with which "history" begins; --keep FOLDER keeps them there for the next run.

${benchmarks.map(({ name, measures, isLong }) => `  ${name.padEnd(18)}${measures}${isLong ? ' (long: only by name)' : ''}`).join('\n')}
`

const main = async (): Promise<number> => {
  const { values, positionals } = readCommandLine({
    usage,
    options: {
      json: { type: 'string' },
      plans: { type: 'string' },
      events: { type: 'string' },
      keep: { type: 'string' },
      list: { type: 'boolean' },
    },
    maxPositionals: Number.POSITIVE_INFINITY,
  })
  if (values.list) {
    process.stdout.write(usage)
    return 0
  }
  const unknown = positionals.filter((name) => benchmarks.every((benchmark) => benchmark.name !== name))
  if (unknown.length > 0) refuse(`there is no benchmark ${unknown.join(', ')}`, usage)
  const events = values.events === undefined ? undefined : Number(values.events)
  if (events !== undefined && !(Number.isSafeInteger(events) && events >= 100_000))
    refuse('--events is a number of at least 100000', usage)
  const chosen = benchmarks.filter(({ name, isLong = false }) =>
    positionals.length === 0 ? !isLong : positionals.includes(name),
  )
  const rows: (BenchmarkRow & { benchmark: string })[] = []
  for (const { name, run } of chosen) {
    const startedMs = performance.now()
    rows.push(
      ...(await run({ plansFile: values.plans, events, keptIn: values.keep })).map((row) => ({
        benchmark: name,
        ...row,
      })),
    )
    process.stderr.write(`  ${name} took ${Math.round((performance.now() - startedMs) / 1000)} s\n`)
  }
  if (chosen.length > 1) {
    process.stdout.write('\nAll targets\n')
    printRows(rows)
  }
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`)
  return 0
}

// A missed target is a finding, not a failure: only a benchmark that could not run ends with an error.
process.exitCode = await main()
