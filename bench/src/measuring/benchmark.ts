import type { BenchmarkRow } from './samples.ts'

/** One subject that is measured, by itself or with the others: `npm run bench <name>`. */
export interface Benchmark {
  name: string
  /** What it measures, for the list that `npm run bench -- --list` prints. */
  measures: string
  /** It takes longer than the four minutes that any other may take, and is only run when it is named. @default false */
  isLong?: boolean
  /** Starts what it needs, compares, stops everything it started. */
  run(options: BenchmarkOptions): Promise<BenchmarkRow[]>
}

export interface BenchmarkOptions {
  /** Where a benchmark of statements writes their plans; undefined when nobody asked for them. */
  plansFile: string | undefined
  /** Raw events of a benchmark that takes them; undefined for as many as it wants. */
  events: number | undefined
  /** A folder in which such a benchmark keeps the events for the next time; undefined for none. */
  keptIn: string | undefined
}
