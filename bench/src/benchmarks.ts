import { attribution } from './attribution.ts'
import { batch } from './batch.ts'
import type { Benchmark } from './benchmark.ts'
import { emitter } from './emitter.ts'
import { firstView } from './first-view.ts'
import { growth } from './growth.ts'
import { hostMemory } from './host-memory.ts'
import { intervals } from './intervals.ts'
import { metrics } from './metrics.ts'
import { outboxes } from './outboxes.ts'
import { readsBesideWrites } from './reads-beside-writes.ts'
import { receiver } from './receiver.ts'
import { relayMemory } from './relay-memory.ts'
import { rollup } from './rollup.ts'
import { severalServers } from './several-servers.ts'
import { signing } from './signing.ts'
import { start } from './start.ts'
import { tenants } from './tenants.ts'

/** In the order in which `npm run bench` runs them. */
export const benchmarks: readonly Benchmark[] = [
  receiver,
  signing,
  batch,
  attribution,
  emitter,
  outboxes,
  relayMemory,
  rollup,
  metrics,
  tenants,
  readsBesideWrites,
  intervals,
  firstView,
  start,
  hostMemory,
  growth,
  severalServers,
]
