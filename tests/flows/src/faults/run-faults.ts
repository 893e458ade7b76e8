import { createFaultBench, type FaultBench } from './fault-bench.ts'
import {
  breakConnections,
  fillDisk,
  jumpClock,
  killOneOfTwoRelays,
  killReceiver,
  killRelay,
  killSender,
  type Round,
  restartPostgres,
} from './rounds.ts'

/** Every fault, how often of a hundred it is chosen, and whether something is killed in it. */
export const faults: readonly { name: string; share: number; isKill: boolean; run: Round }[] = [
  { name: 'sender', share: 30, isKill: true, run: killSender },
  { name: 'relay', share: 25, isKill: true, run: killRelay },
  { name: 'two_relays', share: 25, isKill: true, run: killOneOfTwoRelays },
  { name: 'receiver', share: 15, isKill: true, run: killReceiver },
  { name: 'clock', share: 5, isKill: true, run: jumpClock },
  { name: 'postgres', share: 5, isKill: false, run: restartPostgres },
  { name: 'answers', share: 5, isKill: false, run: breakConnections('drop-answers') },
  { name: 'resets', share: 5, isKill: false, run: breakConnections('reset') },
  { name: 'disk', share: 5, isKill: false, run: fillDisk },
]

export interface RoundReport {
  fault: string
  accepted: number
  stored: number
  lost: number
  storedTwice: number
  seconds: number
}

/** Runs each fault `share / 100 * rounds` times, at least once, and reports after each. */
export const runFaults = async (
  rounds: number,
  onReport: (report: RoundReport) => void,
  names: readonly string[] = faults.map(({ name }) => name),
): Promise<RoundReport[]> => {
  const reports: RoundReport[] = []
  const bench = await createFaultBench()
  try {
    for (const { name, share, run } of faults.filter((fault) => names.includes(fault.name))) {
      const times = Math.max(1, Math.round((rounds * share) / 100))
      for (let time = 1; time <= times; time += 1) {
        const round = `${name}_${time}`
        const startMs = performance.now()
        const { accepted } = await run(bench, round)
        const seconds = (performance.now() - startMs) / 1000
        const report = { fault: name, seconds, ...(await compare(bench, round, accepted)) }
        reports.push(report)
        onReport(report)
      }
    }
  } finally {
    await bench.close()
  }
  return reports
}

/** By id: what was accepted against what is stored. */
const compare = async (
  bench: FaultBench,
  round: string,
  accepted: ReadonlySet<string>,
): Promise<Omit<RoundReport, 'fault' | 'seconds'>> => {
  const rows = await bench.readStored(round)
  const stored = new Set(rows.map(({ id }) => id))
  return {
    accepted: accepted.size,
    stored: stored.size,
    lost: [...accepted].filter((id) => !stored.has(id)).length,
    storedTwice: rows.length - new Set(rows.map(({ job }) => job)).size,
  }
}

export const formatReport = ({
  accepted,
  stored,
  lost,
  storedTwice,
}: Omit<RoundReport, 'fault' | 'seconds'>): string =>
  `accepted ${accepted} stored ${stored} lost ${lost} stored-twice ${storedTwice}`
