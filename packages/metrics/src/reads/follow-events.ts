import { setTimeout } from 'node:timers/promises'
import type { Database } from '@altcontext/webhook-store'
import type { FollowedEvent, StoredEvent } from '../responses/events-response.ts'
import { cursorOf, eventsPart, isSettled, placeOfEvent, type ReadEventsOptions } from './read-events.ts'
import { readSnapshot } from './read-snapshot.ts'

export interface FollowEventsOptions extends Omit<ReadEventsOptions, 'kind' | 'before' | 'unsettled'> {
  /** How long to wait before the next query when there was no event. @default 1000 */
  intervalMs?: number | undefined
  /** Called before every query; the stream ends when it returns false. @default always */
  mayGoOn?: (() => Promise<boolean>) | undefined
  /**
   * Called with every event as soon as it is seen, before its turn: it comes again later, in the order of receipt.
   * For screens, which need no order, and recognise an event that they have.
   */
  onArriving?: ((event: StoredEvent) => Promise<void>) | undefined
  /** Ends the stream. */
  signal: AbortSignal
}

/** Every event that is received after `after`, by default after now, two seconds late and in the order of receipt. */
export async function* followEvents(
  database: Database,
  { signal, intervalMs = 1000, mayGoOn = async () => true, onArriving, ...options }: FollowEventsOptions,
): AsyncGenerator<FollowedEvent, void, undefined> {
  const { now = Date.now } = options
  let after = options.after ?? cursorOf({ at: new Date(now()).toISOString(), id: '0' })
  let told = new Set<string>()
  while (!signal.aborted && (await mayGoOn())) {
    const nowMs = now()
    const asked = { ...options, now: () => nowMs, after, unsettled: onArriving !== undefined }
    const { events } = await readSnapshot(database, asked, (context) => ({
      events: eventsPart(context, asked),
    }))
    const settled = events.filter((event) => isSettled(event, nowMs))
    const arriving = events.slice(settled.length)
    for (const event of arriving) if (!told.has(event.id)) await onArriving?.(event)
    told = new Set(arriving.map(({ id }) => id))
    for (const event of settled) {
      after = cursorOf(placeOfEvent(event))
      yield { cursor: after, event }
    }
    if (settled.length === 0) await setTimeout(intervalMs, undefined, { signal }).catch(() => {})
  }
}
