import { completenessLimits, dedupeId } from '@altcontext/webhook-contract'
import { EmitterError } from '../emitter-error.ts'
import type { Outbox } from '../outbox/outbox.ts'

/**
 * What the product's own tables know about an event that should have been emitted: its id, if the product gives one, or type, tenant and the
 * moment with which it is emitted.
 */
export type NaturalKey =
  | { eventId: string }
  | { eventType: string; tenantId: string; occurredAt: string | Date }

export interface FindNeverEmittedOptions<Key extends NaturalKey> {
  /** A durable outbox, open, or opened for reading by `openSqliteOutboxRecords` or `openPostgresOutboxRecords`. */
  outbox: Pick<Outbox, 'completeness'>
  /** What the product has, from `sinceMs` on; a query of its tables, for example. */
  keys: Iterable<Key> | AsyncIterable<Key>
  /**
   * Where to start, in milliseconds since 1970. The outbox must remember that far back: at most its `logRetentionMs`, and moments before an
   * update to this version are not remembered. Events are accepted no earlier than they occur.
   */
  sinceMs: number
  /** @default Date.now */
  now?: (() => number) | undefined
}

export interface NeverEmitted<Key extends NaturalKey> {
  /** Keys that were compared. Those of the last two minutes are left out: they may be about to be emitted. */
  compared: number
  /** Nobody has emitted these. Emit them, with the same `eventId` or `occurredAt`. */
  neverEmitted: Key[]
}

const pageEvents = 10_000

/**
 * The second layer of completeness: compares what the product's own tables hold with what was emitted, and names what never was.
 * Whether emitted events have arrived is the question of the first layer: `emitter.reconcile()`.
 *
 * @throws {EmitterError} `not_comparable` when the outbox is memory
 *
 * @example
 * const { neverEmitted } = await findNeverEmitted({ outbox, sinceMs, keys: jobs.map(({ tenantId, completedAt }) =>
 *   ({ eventType: 'scan.completed', tenantId, occurredAt: completedAt })) })
 */
export const findNeverEmitted = async <Key extends NaturalKey>({
  outbox,
  keys,
  sinceMs,
  now = Date.now,
}: FindNeverEmittedOptions<Key>): Promise<NeverEmitted<Key>> => {
  const { completeness } = outbox
  if (completeness === undefined) {
    throw new EmitterError(
      'not_comparable',
      'Failed to compare the product with what was emitted: this outbox is memory, which forgets it. Give a durable one.',
    )
  }
  // The product first: events that it adds afterwards are not looked for.
  const untilMs = now() - completenessLimits.graceMs
  const wanted: { key: Key; id: string }[] = []
  for await (const key of keys) {
    const atMs = 'occurredAt' in key ? new Date(key.occurredAt).getTime() : undefined
    if (atMs === undefined || (atMs >= sinceMs && atMs <= untilMs)) wanted.push({ key, id: idOf(key) })
  }
  const emitted = new Set<string>()
  for (let after = ''; ; ) {
    const page = await completeness.acceptedEvents({ sinceMs, after, maxEvents: pageEvents })
    for (const { id, body } of page) {
      emitted.add(id)
      const natural = body === null ? undefined : naturalIdOf(body)
      if (natural !== undefined) emitted.add(natural)
    }
    const last = page.at(-1)
    if (last === undefined || page.length < pageEvents) break
    after = last.id
  }
  return {
    compared: wanted.length,
    neverEmitted: wanted.filter(({ id }) => !emitted.has(id)).map(({ key }) => key),
  }
}

const idOf = (key: NaturalKey): string => {
  if ('eventId' in key) return key.eventId.toLowerCase()
  const { eventType, tenantId, occurredAt } = key
  return dedupeId({ eventType, tenantId, occurredAt: new Date(occurredAt).toISOString() })
}

/** The dedupe id of an event, whatever id it was emitted with. */
const naturalIdOf = (body: string): string | undefined => {
  try {
    const { eventType, tenantId, occurredAt } = JSON.parse(body)
    return dedupeId({ eventType, tenantId, occurredAt: new Date(occurredAt).toISOString() })
  } catch {
    // What was inserted by SQL may be anything.
    return undefined
  }
}
