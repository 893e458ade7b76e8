import { createFaultBench, type FaultBench } from './bench/fault-bench.ts'
import { isTrue, judgeRound, type RoundJudgement } from './judge-round.ts'
import type { NamedScenario } from './load-scenarios.ts'
import type { FaultScenario } from './scenario.ts'

export interface RoundReport {
  scenario: string
  seconds: number
  /** Missing when the round could not be finished. */
  judgement?: RoundJudgement
  /** What was done, in the scenario's words. */
  done?: string | undefined
  /** Why it could not be finished: something did not recover. */
  error?: string
}

/** Whether nothing was lost, nothing was stored twice, and the ledger is right. */
export const isWell = ({ judgement }: RoundReport): boolean => judgement !== undefined && isTrue(judgement)

/**
 * Runs about `rounds` rounds, distributed by the scenarios' weights, each scenario at least once; `sideBySide` of them at a time, each on
 * its own bench.
 */
export const runScenarios = async (
  scenarios: readonly NamedScenario[],
  {
    rounds,
    sideBySide = 1,
    onReport,
  }: { rounds: number; sideBySide?: number; onReport: (report: RoundReport) => void },
): Promise<RoundReport[]> => {
  const reports: RoundReport[] = []
  const weights = scenarios.reduce((total, { weight }) => total + weight, 0)
  // Scenarios that take long are chosen rarely: they come first, so that all benches end together.
  const waiting = scenarios
    .toSorted((one, other) => one.weight - other.weight)
    .flatMap(({ name, weight, run }) => {
      const times = Math.max(1, Math.round((rounds * weight) / weights))
      return Array.from({ length: times }, (_, at) => ({
        name,
        run,
        round: `${name.replaceAll('-', '_')}_${at + 1}`,
      }))
    })
  const runOnOneBench = async (): Promise<void> => {
    const bench = await createFaultBench()
    try {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const report = await runRound(bench, next.name, next.run, next.round)
        reports.push(report)
        onReport(report)
      }
    } finally {
      await bench.close()
    }
  }
  const benches = await Promise.allSettled(Array.from({ length: sideBySide }, runOnOneBench))
  for (const bench of benches) if (bench.status === 'rejected') throw bench.reason
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
