import { setTimeout } from 'node:timers/promises'
import type { Database } from '@altcontext/webhook-store'
import type { FollowedEvent } from '../responses/events-response.ts'
import { cursorOf, placeOfEvent, type ReadEventsOptions, readEvents } from './read-events.ts'

export interface FollowEventsOptions extends Omit<ReadEventsOptions, 'kind' | 'before'> {
  /** How long to wait between looks, when there was nothing. @default 1000 */
  intervalMs?: number | undefined
  /** Asked before every look; the stream ends when it says no. @default always */
  mayGoOn?: (() => Promise<boolean>) | undefined
  /** Ends the stream. */
  signal: AbortSignal
}

/** Every event that is received after `after`, by default after now, two seconds late and in the order of receipt. */
export async function* followEvents(
  database: Database,
  { signal, intervalMs = 1000, mayGoOn = async () => true, ...options }: FollowEventsOptions,
): AsyncGenerator<FollowedEvent, void, undefined> {
  const { now = Date.now } = options
  let after = options.after ?? cursorOf({ at: new Date(now()).toISOString(), id: '0' })
  while (!signal.aborted && (await mayGoOn())) {
    const { events } = await readEvents(database, { ...options, after })
    for (const event of events) {
      after = cursorOf(placeOfEvent(event))
      yield { cursor: after, event }
    }
    if (events.length === 0) await setTimeout(intervalMs, undefined, { signal }).catch(() => {})
  }
}
