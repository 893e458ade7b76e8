import type { BenchmarkRow } from './samples.ts'

/** One subject that is measured, by itself or with the others: `npm run bench <name>`. */
export interface Benchmark {
  name: string
  /** What it measures, for the list that `npm run bench -- --list` prints. */
  measures: string
  /** Starts what it needs, compares, stops everything it started. Below four minutes. */
  run(options: BenchmarkOptions): Promise<BenchmarkRow[]>
}

export interface BenchmarkOptions {
  /** Where a benchmark of statements writes their plans; undefined when nobody asked for them. */
  plansFile: string | undefined
}
