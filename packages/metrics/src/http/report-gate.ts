import type { Server } from 'node:http'
import { availableParallelism } from 'node:os'
import { type Database, StoreError } from '@altcontext/webhook-store'

export interface ReportGateSettings {
  /** Reports that are read at the same time, for all clients together. @default 1 on a machine with fewer than four processors, else 2 */
  concurrent: number
  /** How many reports may wait for their turn; further ones are refused at once. */
  waiting: number
  /** How long a report may wait, and how long each of its statements may take, in milliseconds. */
  timeoutMs: number
}

/** Lets only a few reports at a time read from the database, whichever clients send requests, and however often. */
export interface ReportGate {
  /** The same database for one report. What it reads ends when `signal` aborts. */
  of(database: Database, signal?: AbortSignal): Database
}

// A report keeps a processor of PostgreSQL busy. Half of them are left for incoming events; as far as this process can know,
// PostgreSQL has as many processors as this machine. With two reports at a time on two processors, receiving fell to a quarter
// (npm run bench -- reads-beside-writes).
const concurrent = availableParallelism() < 4 ? 1 : 2

const defaults: ReportGateSettings = { concurrent, waiting: 100, timeoutMs: 15_000 }

const gates = new WeakMap<Server | object, ReportGate>()

/** The one gate of a server, for all its routes that read reports. */
export const reportGateOf = (server: Server | object, settings?: Partial<ReportGateSettings>): ReportGate => {
  const gate = gates.get(server) ?? createReportGate(settings)
  gates.set(server, gate)
  return gate
}

export const createReportGate = (settings: Partial<ReportGateSettings> = {}): ReportGate => {
  const { concurrent, waiting, timeoutMs } = { ...defaults, ...settings }
  const queue = new Set<() => void>()
  let running = 0

  const enter = (signal: AbortSignal | undefined): Promise<void> => {
    signal?.throwIfAborted()
    if (running < concurrent) {
      running += 1
      return Promise.resolve()
    }
    if (queue.size >= waiting) throw busy()
    return new Promise((resolve, reject) => {
      const end = (): void => {
        queue.delete(proceed)
        clearTimeout(timer)
        signal?.removeEventListener('abort', leave)
      }
      const proceed = (): void => {
        end()
        resolve()
      }
      const leave = (): void => {
        end()
        reject(signal?.reason)
      }
      const timer = setTimeout(() => {
        end()
        reject(busy())
      }, timeoutMs)
      signal?.addEventListener('abort', leave)
      queue.add(proceed)
    })
  }
  const exit = (): void => {
    const [next] = queue
    // The place of a client that leaves goes to the one that has waited longest.
    if (next === undefined) running -= 1
    else next()
  }

  const of = (database: Database, signal?: AbortSignal): Database => {
    const transaction: Database['transaction'] = async (run, options) => {
      await enter(signal)
      try {
        return await database.transaction(run, { timeoutMs, ...options, isReport: true, signal })
      } finally {
        exit()
      }
    }
    return {
      query: (text, params, options) => transaction((tx) => tx.query(text, params, options)),
      transaction,
      leadScope: database.leadScope,
    }
  }
  return { of }
}

const busy = (): StoreError =>
  new StoreError(
    'report_too_slow',
    'Failed to read a report: too many others are being read. Ask again in a few seconds.',
  )
