import type { EmitterLogger } from './emitter-reports.ts'

const write = (details: object, message: string): void => {
  console.error(`webhook-emitter: ${message} ${JSON.stringify(details)}`)
}

/** The logger of an emitter that was given none: it writes failures to stderr, and no successes. */
export const consoleLogger: EmitterLogger = { debug() {}, info() {}, warn: write, error: write }
