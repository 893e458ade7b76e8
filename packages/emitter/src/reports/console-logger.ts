import type { EmitterLogger } from './emitter-reports.ts'

const write = (details: object, message: string): void => {
  console.error(`webhook-emitter: ${message} ${JSON.stringify(details)}`)
}

/** The logger of an emitter that was given none: failures are lines on stderr, successes are not. */
export const consoleLogger: EmitterLogger = { debug() {}, info() {}, warn: write, error: write }
