import { attribution } from './attribution.ts'
import { batch } from './batch.ts'
import type { Benchmark } from './benchmark.ts'
import { emitter } from './emitter.ts'
import { receiver } from './receiver.ts'
import { signing } from './signing.ts'

/** In the order in which `npm run bench` runs them. */
export const benchmarks: readonly Benchmark[] = [receiver, signing, batch, attribution, emitter]
