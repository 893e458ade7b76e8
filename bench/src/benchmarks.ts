import type { Benchmark } from './benchmark.ts'
import { receiver } from './receiver.ts'

/** In the order in which `npm run bench` runs them. */
export const benchmarks: readonly Benchmark[] = [receiver]
