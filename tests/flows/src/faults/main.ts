import { readCommandLine, refuse } from '../../../../scripts/read-command-line.ts'
import { createFaultBench } from './bench/fault-bench.ts'
import { clusterRounds } from './cluster/cluster-rounds.ts'
import { repeatLiveRounds } from './completeness/live-rounds.ts'
import { measureCompleteness } from './completeness/measure-completeness.ts'
import { measureFailover } from './failover/measure-failover.ts'
import {
  formatCarried,
  formatLedger,
  formatTotals,
  isTrue,
  judgeRound,
  type RoundJudgement,
} from './judge-round.ts'
import { loadScenarios, type NamedScenario } from './load-scenarios.ts'
import { isWell, type RoundReport, runScenarios } from './run-scenarios.ts'
import { compareThirds, isFlat, soak } from './soak.ts'

const usage = `Usage: npm run faults -- [soak] [OPTIONS] [SCENARIO ...]

Breaks real processes, connections, clocks and disks, and compares by id what was accepted with what is stored.

  --list            name the scenarios
  --rounds N        share out N rounds by the scenarios' weights, each scenario at least once (100)
  --side-by-side N  rounds that run at the same time, each with a database, a receiver and proxies of its own (1)

completeness: first an outbox and a receiver with the same events, of which the receiver loses 0, 1, 100 and 10000; it prints what is found,
in how many rounds and bytes, and how long it takes. Then both prune all events, and one hour is changed. Then live rounds: two outboxes are compared
while their relays deliver, with load, kills, lost responses and late commits, before and after events are lost on purpose.

  --events N   how many events both have, 0 to leave this part out (1000000)
  --rounds N   live rounds (100)

cluster: three brokers between a product and two consumers; every fault of theirs once, and their leader is killed over and over.

  --kills N    how often the leader is killed (30)

failover: under load over HTTP, from a stream and from an outbox in that database, the database's primary is killed over and over, and its
synchronous standby is promoted. Numbers and digests are compared after each promotion.

  --rounds N                    failovers (100)
  --synchronous-commit SETTING  off, local (which is an asynchronous standby), remote_write, on or remote_apply (on)
  --python                      Python's deliver takes the place of the relays on the outbox in the database
  --lag N                       for how many ms the standby has received nothing when the primary is killed (random, up to 300)
  --away N                      then the standby is stopped for N seconds, 30 at least (it is not)

soak: one scenario after the other at random, beside a steady load.

  --minutes N  for how long (60)
  --rate N     events per second (200)
`

const { values, positionals } = readCommandLine({
  usage,
  options: {
    list: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '100' },
    'side-by-side': { type: 'string', default: '1' },
    minutes: { type: 'string', default: '60' },
    rate: { type: 'string', default: '200' },
    events: { type: 'string', default: '1000000' },
    'synchronous-commit': { type: 'string', default: 'on' },
    lag: { type: 'string' },
    away: { type: 'string' },
    python: { type: 'boolean', default: false },
    kills: { type: 'string', default: '30' },
  },
  maxPositionals: Number.POSITIVE_INFINITY,
})

const print = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

const readNumber = (
  name: 'rounds' | 'side-by-side' | 'minutes' | 'rate' | 'events' | 'kills' | 'lag' | 'away',
  most = 10_000,
  least = 1,
): number => {
  const number = Number(values[name])
  if (!Number.isSafeInteger(number) || number < least || number > most)
    refuse(`--${name} is "${values[name]}"; give a number from ${least} to ${most}`, usage)
  return number
}

const choose = (names: readonly string[]): NamedScenario[] => {
  const unknown = names.find((name) => !all.some((scenario) => scenario.name === name))
  if (unknown !== undefined) refuse(`there is no scenario "${unknown}"; --list names them`, usage)
  const chosen = all.filter(({ name }) => names.length === 0 || names.includes(name))
  for (const { name, whyUnavailable } of chosen) {
    const why = whyUnavailable?.()
    if (why !== undefined) print(`skipped ${name}: ${why}`)
  }
  return chosen.filter(({ whyUnavailable }) => whyUnavailable?.() === undefined)
}

const all = await loadScenarios()
const width = Math.max(...all.map(({ name }) => name.length))

let printed = 0
const printReport = ({ scenario, seconds, done, judgement, error }: RoundReport, more = ''): void => {
  printed += 1
  const head = `${String(printed).padStart(4)}  ${scenario.padEnd(width)}`
  const tail = `(${seconds.toFixed(1)} s)${more}${done === undefined ? '' : ` ${done}`}`
  if (judgement === undefined) print(`${head}  FAILED ${tail}: ${error}`)
  else {
    print(
      `${head}  ${formatTotals(judgement)};${formatCarried(judgement)} ${formatLedger(judgement.ledger)} ${tail}`,
    )
    printContradictions(judgement)
  }
}

const printContradictions = ({ contradictions }: RoundJudgement): void => {
  for (const contradiction of contradictions) print(`      NOT TRUE: ${contradiction}`)
}

const printSum = (reports: readonly RoundReport[]): boolean => {
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
  return failed === 0 && reports.length > 0
}

if (values.list) {
  for (const { name, description } of all) print(`${name.padEnd(width)}  ${description}`)
} else if (positionals[0] === 'soak') {
  const scenarios = choose(positionals.slice(1))
  const { judgement, rounds, memory, eventsPerSecond } = await soak(scenarios, {
    minutes: readNumber('minutes'),
    rate: readNumber('rate'),
    onReport: (report, { relay, receiver }) =>
      printReport(report, ` relay ${relay} MiB, receiver ${receiver} MiB`),
  })
  const isEachRoundWell = printSum(rounds)
  const memoryOf = (name: 'relay' | 'receiver'): string => {
    const { first, last } = compareThirds(memory, name)
    return `${name} ${first} MiB, then ${last} MiB, at most ${Math.max(...memory.map((sample) => sample[name]))} MiB`
  }
  print(`soak: ${formatTotals(judgement)}; ${formatLedger(judgement.ledger)}`)
  printContradictions(judgement)
  print(
    `${eventsPerSecond.toFixed(0)} events/s; the first and the last third: ${memoryOf('relay')}; ${memoryOf('receiver')}`,
  )
  if (!isFlat(memory)) print('NOT FLAT: a process needed twice as much memory as in the first third.')
  process.exitCode = isEachRoundWell && isTrue(judgement) && isFlat(memory) ? 0 : 1
} else if (positionals.length === 1 && positionals[0] === 'completeness') {
  const bench = await createFaultBench()
  try {
    const events = readNumber('events', 10_000_000, 0)
    if (events > 0) await measureCompleteness(bench, events, print)
    const { tally, reports } = await repeatLiveRounds(bench, readNumber('rounds'), (report, { rounds }) =>
      printReport(report, ` ${rounds} live rounds`),
    )
    const isEachWell = printSum(reports)
    print(
      `${tally.rounds} live rounds, ${tally.comparisons} comparisons; ${tally.losses} losses were caused, and found, named and repaired`,
    )
    process.exitCode = isEachWell ? 0 : 1
  } finally {
    await bench.close()
  }
} else if (positionals.length === 1 && positionals[0] === 'cluster') {
  const [cluster] = choose(['cluster'])
  if (cluster !== undefined) {
    const rounds = clusterRounds(readNumber('kills'))
    const scenarios = rounds.flatMap(({ whyUnavailable, ...round }) => {
      const why = whyUnavailable?.()
      if (why !== undefined) print(`skipped ${round.name}: ${why}`)
      return why === undefined ? [{ ...cluster, ...round }] : []
    })
    const reports = await runScenarios(scenarios, {
      rounds: scenarios.length,
      onReport: printReport,
    })
    process.exitCode = printSum(reports) ? 0 : 1
  }
} else if (positionals.length === 1 && positionals[0] === 'failover') {
  const synchronousCommit = values['synchronous-commit']
  if (!['off', 'local', 'remote_write', 'on', 'remote_apply'].includes(synchronousCommit))
    refuse(
      `--synchronous-commit is "${synchronousCommit}"; give off, local, remote_write, on or remote_apply`,
      usage,
    )
  const outcomes = await measureFailover({
    rounds: readNumber('rounds'),
    isPython: values.python,
    synchronousCommit,
    ...(values.lag === undefined ? {} : { lagMs: readNumber('lag', 10_000, 0) }),
    ...(values.away === undefined ? {} : { awayMs: readNumber('away', 3600, 30) * 1000 }),
    onAway: ({ early, late, storedAfterMs }) =>
      print(
        `without the standby, ${early} connections of our processes waited for it early on and ${late} at the end; nothing was confirmed; events of all ways are stored again ${storedAfterMs.toFixed(0)} ms after it was back`,
      ),
    onRound: ({ round, kind, storedAfterMs, counted, compared }) =>
      print(
        `${String(round).padStart(4)}  ${kind.padEnd(9)}  events of all ways are stored again ${storedAfterMs.toFixed(0)} ms after the new standby was there; rollups of ${counted} events and digests of ${compared} agree`,
      ),
  })
  const judged = outcomes.map((outcome) => ({ ...outcome, judgement: judgeRound(outcome, outcome.stored) }))
  for (const { name, judgement, found } of judged) {
    print(`${name.padEnd(6)}  ${formatTotals(judgement)}; ${formatLedger(judgement.ledger)}`)
    if (found > 0) print(`        ${found} were lost, named by the comparison of digests, and sent again`)
    printContradictions(judgement)
  }
  const unknown = judged.reduce((total, { judgement }) => total + judgement.ledger.duplicate, 0)
  print(`${unknown} events had an unknown outcome, and were recognised when they were sent again`)
  process.exitCode = judged.every(({ judgement }) => isTrue(judgement)) ? 0 : 1
} else {
  const reports = await runScenarios(choose(positionals), {
    rounds: readNumber('rounds'),
    sideBySide: readNumber('side-by-side', 8),
    onReport: printReport,
  })
  process.exitCode = printSum(reports) ? 0 : 1
}
