import type { RelayProcess } from '../bench/fault-bench.ts'
import { waitUntil } from '../bench/wait-until.ts'
import { postEvents } from './post-events.ts'
import { scanCompleted } from './scan-completed.ts'
import { recoveryMs } from './wait-for-recovery.ts'

/**
 * Resolves when each of several relays on one outbox has taken an event and sends events, while a load goes on. When one of them stops
 * working, another does its work, and nothing else would show that.
 *
 * @param firstNumber the first number of the events, which nothing else in the round has
 * @returns the ids of which the relays said that they are accepted
 * @throws when one of them does not within one time-out
 */
export const waitForEachRelay = async (
  relays: readonly RelayProcess[],
  round: string,
  firstNumber: number,
): Promise<string[]> => {
  const told: string[] = []
  await Promise.all(
    relays.map(async (relay, index) => {
      const event = scanCompleted(round, firstNumber + index)
      await waitUntil(
        `relay ${index + 1} takes an event`,
        async () => {
          const ids = await postEvents(relay.url, [event])
          told.push(...(ids ?? []))
          return ids !== undefined
        },
        recoveryMs,
      )
      let sentBefore: number | undefined
      await waitUntil(
        `relay ${index + 1} sends events`,
        async () => {
          const sent = await readSent(relay)
          sentBefore ??= sent
          return sent !== undefined && sent > (sentBefore ?? sent)
        },
        recoveryMs,
      )
    }),
  )
  return told
}

const readSent = async (relay: RelayProcess): Promise<number | undefined> => {
  try {
    const response = await fetch(new URL('/metrics', relay.url), { signal: AbortSignal.timeout(5000) })
    const [, sent] =
      /^webhook_relay_attempted_events_total\{outcome="stored"\} (\d+)/m.exec(await response.text()) ?? []
    return sent === undefined ? undefined : Number(sent)
  } catch {
    return undefined
  }
}
