import { parseArgs } from 'node:util'
import { formatLedger, formatTotals } from './judge-round.ts'
import { loadScenarios, type NamedScenario } from './load-scenarios.ts'
import { isWell, runScenarios } from './run-scenarios.ts'

/** `npm run faults -- [--list] [--rounds 100] [SCENARIO ...]`: real processes, killed and cut off. */
const { values, positionals } = parseArgs({
  options: { list: { type: 'boolean', default: false }, rounds: { type: 'string', default: '100' } },
  allowPositionals: true,
})

const fail = (message: string): never => {
  process.stderr.write(`Failed to start: ${message}\n`)
  process.exit(2)
}

const print = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

const choose = (all: readonly NamedScenario[], names: readonly string[]): NamedScenario[] => {
  const unknown = names.find((name) => !all.some((scenario) => scenario.name === name))
  if (unknown !== undefined) fail(`there is no scenario "${unknown}". --list names them.`)
  const chosen = all.filter(({ name }) => names.length === 0 || names.includes(name))
  for (const { name, whyUnavailable } of chosen) {
    const why = whyUnavailable?.()
    if (why !== undefined) print(`skipped ${name}: ${why}`)
  }
  return chosen.filter(({ whyUnavailable }) => whyUnavailable?.() === undefined)
}

const all = await loadScenarios()
const width = Math.max(...all.map(({ name }) => name.length))
const rounds = Number(values.rounds)
if (!Number.isSafeInteger(rounds) || rounds < 1 || rounds > 10_000)
  fail(`--rounds is "${values.rounds}". Give a number from 1 to 10000.`)

if (values.list) {
  for (const { name, description } of all) print(`${name.padEnd(width)}  ${description}`)
} else {
  const chosen = choose(all, positionals)
  let number = 0
  const reports = await runScenarios(chosen, rounds, (report) => {
    number += 1
    const head = `${String(number).padStart(4)}  ${report.scenario.padEnd(width)}`
    const seconds = `(${report.seconds.toFixed(1)} s)`
    if (report.judgement === undefined) print(`${head}  FAILED ${seconds}: ${report.error}`)
    else {
      const { ledger, contradictions } = report.judgement
      print(`${head}  ${formatTotals(report.judgement)}; ${formatLedger(ledger)} ${seconds}`)
      for (const contradiction of contradictions) print(`      NOT TRUE: ${contradiction}`)
    }
  })
  const sum = (field: 'accepted' | 'stored' | 'lost' | 'storedTwice'): number =>
    reports.reduce((total, { judgement }) => total + (judgement?.[field] ?? 0), 0)
  const total = {
    accepted: sum('accepted'),
    stored: sum('stored'),
    lost: sum('lost'),
    storedTwice: sum('storedTwice'),
  }
  const failed = reports.filter((report) => !isWell(report)).length
  print(`\n${reports.length} rounds, ${failed} failed: ${formatTotals(total)}`)
  process.exitCode = failed === 0 && reports.length > 0 ? 0 : 1
}
