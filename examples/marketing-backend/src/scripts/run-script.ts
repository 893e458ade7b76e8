/** Runs a command: its result goes to standard output, or the error's message to standard error with exit code 1. */
export const runScript = (command: () => Promise<string>): void => {
  command().then(
    (sentence) => process.stdout.write(`${sentence}\n`),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
      process.exitCode = 1
    },
  )
}
