import type { SampleEventsOptions } from '../setup/sample-events.ts'
import { runProcess } from './bench-process.ts'

/** The load of {@link runLoad}. */
export interface LoadConfig {
  url: string
  connections: number
  requests: number
  events: Omit<SampleEventsOptions, 'count'>
  /** More than 1: to the batch route. @default 1 */
  batchEvents?: number
  signingSecret?: string | undefined
  /** Sent beside each event, as a durable outbox does. Not with batches. @default none */
  producer?: string | undefined
  /** Whether a response other than 200 is counted, instead of ending the benchmark. @default false */
  toleratesRefusals?: boolean
}

/** What a load generator measured. */
export interface LoadFigures extends Readonly<Record<string, number>> {
  'requests/s': number
  'events/s': number
  'p50 ms': number
  'p99 ms': number
  /** Requests with a 200 within a second. */
  'in 1 s %': number
}

/** Loads a server from a process of its own. */
export const runLoad = (config: LoadConfig): Promise<LoadFigures> => runProcess('load/http-load', config)
