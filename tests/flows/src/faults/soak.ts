import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { openSqliteOutboxRecords } from '@altcontext/webhook-emitter/sqlite'
import { createFaultBench, type FaultBench, type RelayProcess } from './bench/fault-bench.ts'
import { judgeRound, type RoundJudgement } from './judge-round.ts'
import { postEvents } from './load/post-events.ts'
import { scanCompleted } from './load/scan-completed.ts'
import { waitUntilEmpty } from './load/wait-until-empty.ts'
import type { NamedScenario } from './load-scenarios.ts'
import { type RoundReport, runRound } from './run-scenarios.ts'
import { readOutbox } from './scenario.ts'

export interface SoakOptions {
  minutes: number
  /** Events per second. */
  rate: number
  onReport(report: RoundReport, memory: SoakMemory): void
}

/** Resident memory in MiB. */
export interface SoakMemory {
  relay: number
  receiver: number
}

export interface SoakReport {
  /** For the events that went through the relay of the soak. */
  judgement: RoundJudgement
  rounds: readonly RoundReport[]
  memory: readonly SoakMemory[]
  eventsPerSecond: number
}

const tenant = 'soak'
const batch = 20

/**
 * One relay takes events at a steady pace for the whole time. Beside it one scenario after the other, at random, breaks what
 * they share: the receiver, the connections to it, its database. Every tenth time the relay itself is killed.
 */
export const soak = async (
  scenarios: readonly NamedScenario[],
  { minutes, rate, onReport }: SoakOptions,
): Promise<SoakReport> => {
  const bench = await createFaultBench()
  try {
    const path = join(bench.folder, `${tenant}.db`)
    const start = () => bench.startRelay({ env: { RELAY_OUTBOX: path }, outlivesRounds: true })
    let relay = await start()
    const producer = startSteadyProducer(rate, () => relay.url)
    const beganMs = performance.now()
    const rounds: RoundReport[] = []
    const memory: SoakMemory[] = []
    while (performance.now() - beganMs < minutes * 60_000) {
      if (rounds.length % 10 === 9) {
        await relay.kill()
        relay = await start()
      }
      const { name, run } = chooseByWeight(scenarios)
      const round = `${name.replaceAll('-', '_')}_${rounds.length + 1}`
      const report = await runRound(bench, name, run, round)
      rounds.push(report)
      memory.push(measure(bench, relay))
      relay.lines.length = 0
      onReport(report, memory.at(-1) as SoakMemory)
    }
    const told = await producer.stop()
    const eventsPerSecond = told.length / ((performance.now() - beganMs) / 1000)
    const records = openSqliteOutboxRecords({ path })
    await waitUntilEmpty(records, 900_000)
    const outcome = { told, outbox: await readOutbox(records) }
    return { judgement: judgeRound(outcome, await bench.readStored(tenant)), rounds, memory, eventsPerSecond }
  } finally {
    await bench.close()
  }
}

/** The average memory of a process in the first and in the last third, in MiB. */
export const compareThirds = (
  memory: readonly SoakMemory[],
  name: keyof SoakMemory,
): { first: number; last: number } => {
  const third = Math.ceil(memory.length / 3)
  const mean = (samples: readonly SoakMemory[]): number =>
    samples.reduce((total, sample) => total + sample[name], 0) / samples.length
  return { first: Math.round(mean(memory.slice(0, third))), last: Math.round(mean(memory.slice(-third))) }
}

/** Whether no process needed twice as much as in the first third. Few samples prove nothing. */
export const isFlat = (memory: readonly SoakMemory[]): boolean =>
  memory.length < 9 ||
  (['relay', 'receiver'] as const).every((name) => {
    const { first, last } = compareThirds(memory, name)
    return last <= 2 * first
  })

/** Posts at its pace, and posts events without a response again; after an outage it catches up. */
const startSteadyProducer = (rate: number, url: () => string) => {
  let isStopped = false
  const told: string[] = []
  const beganMs = performance.now()
  const run = async (): Promise<void> => {
    for (let number = 0; !isStopped; ) {
      const due = ((performance.now() - beganMs) / 1000) * rate
      if (number + batch > due) {
        await delay(20)
        continue
      }
      const events = Array.from({ length: batch }, (_, index) => scanCompleted(tenant, number + index))
      const ids = await postEvents(url(), events)
      if (ids === undefined) await delay(20)
      else {
        told.push(...ids)
        number += batch
      }
    }
  }
  const running = run()
  running.catch(() => {})
  return {
    stop: async (): Promise<string[]> => {
      isStopped = true
      await running
      return told
    },
  }
}

const chooseByWeight = (scenarios: readonly NamedScenario[]): NamedScenario => {
  let left = Math.random() * scenarios.reduce((total, { weight }) => total + weight, 0)
  const chosen = scenarios.find(({ weight }) => {
    left -= weight
    return left < 0
  })
  return (chosen ?? scenarios.at(-1)) as NamedScenario
}

const measure = (bench: FaultBench, relay: RelayProcess): SoakMemory => ({
  relay: residentMiB(relay.child.pid as number),
  receiver: residentMiB(bench.receiver.process.child.pid as number),
})

const residentMiB = (pid: number): number => {
  const [, kibibytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Math.round(Number(kibibytes) / 1024)
}
