import type { LoadConfig } from '../programs/load/http-load.ts'
import { runProcess } from './bench-process.ts'

/** What a load generator measured. */
export interface LoadFigures extends Readonly<Record<string, number>> {
  'requests/s': number
  'events/s': number
  'p50 ms': number
  'p99 ms': number
  /** Requests that were answered 200 within a second. */
  'in 1 s %': number
}

/** Loads a server from a process of its own. */
export const runLoad = (config: LoadConfig): Promise<LoadFigures> => runProcess('load/http-load', config)
