import type { BenchmarkRow } from './samples.ts'

/** One subject that is measured, by itself or with the others: `npm run bench <name>`. */
export interface Benchmark {
  name: string
  /** What it measures, for the list that `npm run bench -- --list` prints. */
  measures: string
  /** It takes longer than four minutes, the limit of all others, and is only run when it is named. @default false */
  isLong?: boolean
  /** Starts what it needs, compares, stops everything it started. */
  run(options: BenchmarkOptions): Promise<BenchmarkRow[]>
}

export interface BenchmarkOptions {
  /** The file to which a benchmark of statements writes their plans; undefined when nobody asked for them. */
  plansFile: string | undefined
  /** The number of raw events for a benchmark that uses them; undefined for its own default. */
  events: number | undefined
  /** A folder in which such a benchmark keeps the events for the next time; undefined for none. */
  keptIn: string | undefined
}
