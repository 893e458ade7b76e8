import { once } from 'node:events'

/** Resolves with the first of these signals that the process gets. A second one then ends it at once. */
export const stopSignal = async (): Promise<'SIGTERM' | 'SIGINT'> => {
  const signals = ['SIGTERM', 'SIGINT'] as const
  const stopped = await Promise.race(signals.map((name) => once(process, name).then(() => name)))
  process.once(stopped, () => process.exit(1))
  return stopped
}
