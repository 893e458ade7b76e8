/** The other end of {@link startProcess}: the configuration with which a process of the benchmark was started. */
export const readConfig = <Config>(): Config => JSON.parse(process.argv[2] ?? '{}')

/** Sends the process's one message, then ends it as soon as the benchmark lets go of it. */
export const report = (message: unknown, stop: () => Promise<unknown> = async () => {}): void => {
  process.once('disconnect', () => void stop().finally(() => process.exit()))
  process.send?.(message)
}
