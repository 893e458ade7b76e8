import { emitter } from './emitting/emitter.ts'
import { outboxes } from './emitting/outboxes.ts'
import { python } from './emitting/python.ts'
import { relayMemory } from './emitting/relay-memory.ts'
import { history } from './history/history.ts'
import { hostMemory } from './hosting/host-memory.ts'
import { start } from './hosting/start.ts'
import type { Benchmark } from './measuring/benchmark.ts'
import { firstView } from './reading/first-view.ts'
import { intervals } from './reading/intervals.ts'
import { metrics } from './reading/metrics.ts'
import { readsBesideWrites } from './reading/reads-beside-writes.ts'
import { rollup } from './reading/rollup.ts'
import { tenants } from './reading/tenants.ts'
import { attribution } from './receiving/attribution.ts'
import { batch } from './receiving/batch.ts'
import { completeness } from './receiving/completeness.ts'
import { costs } from './receiving/costs.ts'
import { growth } from './receiving/growth.ts'
import { receiver } from './receiving/receiver.ts'
import { severalServers } from './receiving/several-servers.ts'
import { signing } from './receiving/signing.ts'
import { stream } from './receiving/stream.ts'

/** In the order in which `npm run bench` runs them. */
export const benchmarks: readonly Benchmark[] = [
  receiver,
  signing,
  batch,
  stream,
  completeness,
  attribution,
  emitter,
  outboxes,
  python,
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
  costs,
  severalServers,
  history,
]
