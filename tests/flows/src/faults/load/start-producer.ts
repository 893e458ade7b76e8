import { setTimeout as delay } from 'node:timers/promises'
import { waitUntil } from '../bench/wait-until.ts'
import { postEvents } from './post-events.ts'
import { scanCompleted } from './scan-completed.ts'

export interface Producer {
  /** The ids of the events that have been accepted so far. */
  readonly told: readonly string[]
  /** Resolves when the first event is accepted. */
  begun(): Promise<void>
  /** Stops, and resolves with the ids of the accepted events. */
  stop(): Promise<readonly string[]>
  /** Stops without waiting for the response to the last post. */
  cancel(): void
}

/** Posts batches to a relay until it is stopped, and posts those without a response again. Only events with a 202 count as told. */
export const startProducer = (
  round: string,
  url: () => string,
  pauseMs = 2,
  tenant = () => round,
): Producer =>
  runProducer((told, isStopped) => {
    const run = async (lane: number): Promise<void> => {
      for (let number = 0; !isStopped(); number += 1) {
        const events = Array.from({ length: 5 }, (_, index) =>
          scanCompleted(round, (lane * 100_000 + number) * 10 + index, tenant()),
        )
        let ids: string[] | undefined
        while (ids === undefined) {
          ids = await postEvents(url(), events)
          if (ids !== undefined) told.push(...ids)
          else if (isStopped()) return
          else await delay(20)
        }
        await delay(pauseMs)
      }
    }
    return Promise.all([0, 1, 2, 3].map(run))
  })

/** Makes a producer of `run`, which adds the accepted events to `told` and ends when it is stopped. */
export const runProducer = (
  run: (told: string[], isStopped: () => boolean) => Promise<unknown>,
): Producer => {
  const told: string[] = []
  let isStopped = false
  const cancel = (): void => {
    isStopped = true
  }
  const running = run(told, () => isStopped)
  running.catch(() => {})
  return {
    told,
    begun: () => waitUntil('an event is accepted', async () => told.length > 0),
    stop: async () => {
      cancel()
      await running
      return told
    },
    cancel,
  }
}
