import type { EmitterLogger } from './emitter-reports.ts'

const write = (details: object, message: string): void => {
  console.error(`webhook-emitter: ${message} ${JSON.stringify(details)}`)
}

/** The logger of an emitter that was given none: what goes wrong is a line on stderr. What goes right is not worth one. */
export const consoleLogger: EmitterLogger = { debug() {}, info() {}, warn: write, error: write }
