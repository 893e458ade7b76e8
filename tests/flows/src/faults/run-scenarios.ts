import { createFaultBench, type FaultBench } from './bench/fault-bench.ts'
import { isTrue, judgeRound, type RoundJudgement } from './judge-round.ts'
import type { NamedScenario } from './load-scenarios.ts'
import type { FaultScenario } from './scenario.ts'

export interface RoundReport {
  scenario: string
  seconds: number
  /** Missing when the round could not be finished. */
  judgement?: RoundJudgement
  /** What was done, in words of the scenario. */
  done?: string | undefined
  /** Why it could not: something did not recover. */
  error?: string
}

/** Whether nothing was lost, nothing doubled, and the ledger tells the truth. */
export const isWell = ({ judgement }: RoundReport): boolean => judgement !== undefined && isTrue(judgement)

/** Runs about `rounds` rounds, shared out by the scenarios' weights, each scenario at least once. */
export const runScenarios = async (
  scenarios: readonly NamedScenario[],
  rounds: number,
  onReport: (report: RoundReport) => void,
): Promise<RoundReport[]> => {
  const reports: RoundReport[] = []
  const weights = scenarios.reduce((total, { weight }) => total + weight, 0)
  const bench = await createFaultBench()
  try {
    for (const { name, weight, run } of scenarios) {
      const times = Math.max(1, Math.round((rounds * weight) / weights))
      for (let time = 1; time <= times; time += 1) {
        const report = await runRound(bench, name, run, `${name.replaceAll('-', '_')}_${time}`)
        reports.push(report)
        onReport(report)
      }
    }
  } finally {
    await bench.close()
  }
  return reports
}

/** Runs one round, judges it, and leaves no process behind. Whatever is thrown is in the report. */
export const runRound = async (
  bench: FaultBench,
  scenario: string,
  run: FaultScenario['run'],
  round: string,
): Promise<RoundReport> => {
  const startMs = performance.now()
  const took = () => ({ scenario, seconds: (performance.now() - startMs) / 1000 })
  try {
    const outcome = await run(bench, round)
    const stored = outcome.stored ?? (await bench.readStored(round))
    return { ...took(), done: outcome.done, judgement: judgeRound(outcome, stored) }
  } catch (error) {
    return { ...took(), error: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  } finally {
    await bench.reset()
  }
}
