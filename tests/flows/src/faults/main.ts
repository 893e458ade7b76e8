import { faults, formatReport, runFaults } from './run-faults.ts'

/** `npm run faults -- --rounds 100 --only sender,relay`: real processes, killed and cut off. */
const flag = (name: string): string | undefined => {
  const index = process.argv.indexOf(`--${name}`)
  return index === -1 ? undefined : process.argv[index + 1]
}
const rounds = Number(flag('rounds') ?? 100)
const only = flag('only')?.split(',')
if (!Number.isSafeInteger(rounds) || rounds < 1 || rounds > 10_000) {
  process.stderr.write(`Failed to start: --rounds is "${flag('rounds')}". Give a number from 1 to 10000.\n`)
  process.exit(2)
}

let number = 0
const reports = await runFaults(
  rounds,
  (report) => {
    number += 1
    process.stdout.write(
      `${String(number).padStart(4)}  ${report.fault.padEnd(11)}${formatReport(report)}  (${report.seconds.toFixed(1)} s)\n`,
    )
  },
  only,
)
const killed = reports.filter((report) => faults.find(({ name }) => name === report.fault)?.isKill).length
const sum = (field: 'accepted' | 'stored' | 'lost' | 'storedTwice'): number =>
  reports.reduce((total, report) => total + report[field], 0)
const total = {
  accepted: sum('accepted'),
  stored: sum('stored'),
  lost: sum('lost'),
  storedTwice: sum('storedTwice'),
}
process.stdout.write(`\n${reports.length} rounds, ${killed} of them kills: ${formatReport(total)}\n`)
process.exitCode = total.lost === 0 && total.storedTwice === 0 && total.accepted === total.stored ? 0 : 1
