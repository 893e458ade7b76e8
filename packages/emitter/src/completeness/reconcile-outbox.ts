import { type AnyContract, type CompletenessGap, firstIdOf, type IdRange } from '@altcontext/webhook-contract'
import type { OutboxCompleteness } from '../outbox/durable/outbox-completeness.ts'
import type { NewOutboxEvent } from '../outbox/outbox.ts'
import { prepareEvent } from '../prepare-event.ts'
import type { ResolvedEmitterOptions } from '../resolve-emitter-options.ts'
import { createPostWebhook } from '../transport/post-webhook.ts'
import { type AskReceiver, createAskReceiver, type ReconcileTraffic } from './ask-receiver.ts'
import { closedMoment } from './closed-moment.ts'
import { compareSealed, type SealedDifferences, type SealedGap } from './compare-sealed.ts'
import { countIds } from './count-ids.ts'
import { findDifferences } from './find-differences.ts'
import { idBucketSpan } from './id-time.ts'
import { limitGaps } from './limit-gaps.ts'
import { repairEvents } from './repair-events.ts'
import { sealedZones, wholeBuckets, withoutZones } from './sealed-zones.ts'

/** The options of one reconciliation. */
export interface ReconcileOptions {
  /** Compares only events made since then, in milliseconds since 1970. Ids that hold no time are always compared. @default all */
  sinceMs?: number | undefined
  /** Names missing events and sends nothing. @default false */
  isDryRun?: boolean | undefined
  /** Called with its progress. */
  onProgress?: ((progress: ReconcileProgress) => void) | undefined
  /** Ends it. */
  signal?: AbortSignal | undefined
}

export interface ReconcileProgress {
  stage: 'comparing' | 'repairing'
  /** Events so far. */
  events: number
}

/** Supplies events whose bodies the outbox no longer has. Those that it does not return stay missing. */
export type OnMissing = (ids: readonly string[]) => Promise<readonly MissingEventSource[]>

export interface MissingEventSource {
  eventId: string
  eventType: string
  occurredAt: string | Date
  payload: Record<string, unknown>
}

/** One event that was delivered, and that the receiver did not have. */
export interface MissingEvent {
  eventId: string
  /** The hour in which it was made, ISO 8601, if its id holds it. */
  madeAfter: string | undefined
}

/** The result of a reconciliation. */
export interface ReconcileReport {
  /** The id of the outbox. */
  producer: string
  /** ISO 8601, by this machine's clock. */
  startedAt: string
  /** Events accepted before this moment were compared. */
  through: string
  /** Events that were compared. */
  compared: number
  /** Proven losses: the receiver stored them when they were sent again. With `isDryRun`, the events that would be sent again. */
  lost: MissingEvent[]
  /** Ids that the receiver had after all: under another outbox's id, or in the meantime. Not losses. */
  raced: string[]
  /** Events that nobody could send again. */
  unrepaired: MissingEvent[]
  /** Ids that only the receiver has. */
  unexplained: string[]
  /** Hours in which numbers are known to be incomplete. For ids that hold no time, the whole time that was compared. */
  gaps: CompletenessGap[]
  isDryRun: boolean
  traffic: ReconcileTraffic
  durationMs: number
}

export type ReconcileSettings = Pick<
  ResolvedEmitterOptions,
  | 'adminKey'
  | 'signingKeys'
  | 'timeoutMs'
  | 'fetch'
  | 'now'
  | 'batchUrl'
  | 'reconcileUrl'
  | 'maxBatchEvents'
  | 'onMissing'
> & { contract: AnyContract }

/** Compares pruned events, or those of their buckets that differed before. */
export type CompareSums = (
  zones: readonly IdRange[],
  compare: (zones: readonly IdRange[]) => Promise<SealedDifferences>,
) => Promise<SealedDifferences>

const maxComparisonMs = 60_000
const nothingCompared: SealedDifferences = { compared: 0, missing: [], gaps: [], differing: [] }

/**
 * Compares what an outbox has delivered with what the receiver has, sends missing events again, and tells the receiver the
 * result.
 *
 * @throws {EmitterError} `not_comparable` when the receiver does not respond, `outbox_failed`
 */
export const reconcileOutbox = async (
  outbox: OutboxCompleteness,
  settings: ReconcileSettings,
  { sinceMs, isDryRun = false, onProgress, signal = new AbortController().signal }: ReconcileOptions = {},
  compareSums: CompareSums = (zones, compare) => compare(zones),
): Promise<ReconcileReport> => {
  const startMs = performance.now()
  const startedAt = new Date(settings.now()).toISOString()
  const traffic: ReconcileTraffic = { requests: 0, bytesSent: 0, bytesReceived: 0 }
  // Comparing a million events takes the receiver longer than storing one.
  const post = createPostWebhook({ ...settings, timeoutMs: Math.max(settings.timeoutMs, maxComparisonMs) })
  const ask = createAskReceiver({ post, url: settings.reconcileUrl, now: settings.now, signal }, traffic)
  const producer = await outbox.producer()
  const progress = await outbox.progress()
  const closedMs = closedMoment(progress)
  const zones = sealedZones((await outbox.sealedBuckets()).map(({ bucket }) => bucket))
  const salt = newSalt()

  let counted = 0
  const byIds = await findDifferences({
    outbox,
    producer,
    salt,
    ask,
    ranges: withoutZones(comparedRanges({ sinceMs, closedMs, nowMs: progress.nowMs }), zones),
    onCompared(events) {
      counted += events
      onProgress?.({ stage: 'comparing', events: counted })
    },
  })
  const compareZones = (some: readonly IdRange[]) => compareSealed({ outbox, producer, salt, ask }, some)
  // The receiver keeps only sums of these, and nothing is pruned here.
  const sealedThere = await compareZones(wholeBuckets(byIds.sealed))
  const bySums =
    sinceMs === undefined && zones.length > 0 ? await compareSums(zones, compareZones) : nothingCompared
  const notCompared = countIds(byIds.sealed) + byIds.belowFloor
  const compared = counted - notCompared + sealedThere.compared + bySums.compared
  const missing = [...new Set([...byIds.missing, ...sealedThere.missing, ...bySums.missing])]

  const repaired = isDryRun
    ? { stored: missing, duplicate: [], failed: [] }
    : await repair(missing, { outbox, settings, post, producer, signal, onProgress })
  await outbox.stopComparing(repaired.duplicate)
  const through = new Date(closedMs).toISOString()
  const unknownHour = { from: new Date(0).toISOString(), to: through }
  const gaps = limitGaps(
    [...sealedThere.gaps, ...bySums.gaps, ...gapsOf(isDryRun ? missing : repaired.failed)].map(
      (gap): CompletenessGap => ({ ...unknownHour, ...gap }),
    ),
  )
  const report: ReconcileReport = {
    producer,
    startedAt,
    through,
    compared,
    lost: repaired.stored.toSorted().map(toMissingEvent),
    raced: repaired.duplicate.toSorted(),
    unrepaired: repaired.failed.toSorted().map(toMissingEvent),
    unexplained: byIds.unexplained.toSorted(),
    gaps,
    isDryRun,
    traffic,
    durationMs: Math.round(performance.now() - startMs),
  }
  // A partial comparison says nothing about the rest.
  if (!isDryRun && sinceMs === undefined) await tellReceiver(ask, report)
  return { ...report, durationMs: Math.round(performance.now() - startMs) }
}

/** Ids before the closed moment, and ids so high that they hold no time. */
const comparedRanges = ({
  sinceMs,
  closedMs,
  nowMs,
}: {
  sinceMs: number | undefined
  closedMs: number
  nowMs: number
}): IdRange[] => {
  const closed = firstIdOf(Math.max(0, closedMs))
  const from = sinceMs === undefined ? '' : firstIdOf(Math.max(0, sinceMs))
  const untimed = { from: firstIdOf(nowMs + dayMs), to: null }
  return from < closed ? [{ from, to: closed }, untimed] : [untimed]
}

const repair = async (
  missing: readonly string[],
  {
    outbox,
    settings,
    post,
    producer,
    signal,
    onProgress,
  }: {
    outbox: OutboxCompleteness
    settings: ReconcileSettings
    post: ReturnType<typeof createPostWebhook>
    producer: string
    signal: AbortSignal
    onProgress: ReconcileOptions['onProgress']
  },
) => {
  const kept: NewOutboxEvent[] = []
  for (let start = 0; start < missing.length; start += settings.maxBatchEvents) {
    kept.push(...(await outbox.deliveredEvents(missing.slice(start, start + settings.maxBatchEvents))))
  }
  const found = new Set(kept.map(({ id }) => id))
  const bodiless = missing.filter((id) => !found.has(id))
  const supplied = await supply(bodiless, settings)
  for (const { id } of supplied) found.add(id)
  const { batchUrl, maxBatchEvents, now } = settings
  const repaired = await repairEvents([...kept, ...supplied], {
    post,
    batchUrl,
    producer,
    maxBatchEvents,
    now,
    signal,
    onRepaired: (events) => onProgress?.({ stage: 'repairing', events }),
  })
  return { ...repaired, failed: [...repaired.failed, ...missing.filter((id) => !found.has(id))] }
}

/** What the product knows about events that the outbox has forgotten. An event that breaks the contract is not sent. */
const supply = async (
  ids: readonly string[],
  { onMissing, contract, now }: ReconcileSettings,
): Promise<NewOutboxEvent[]> => {
  if (onMissing === undefined || ids.length === 0) return []
  const wanted = new Set(ids)
  const sources = await onMissing(Object.freeze([...ids]))
  return sources.flatMap(({ eventId, eventType, occurredAt, payload }) => {
    if (!wanted.has(eventId.toLowerCase())) return []
    const prepared = prepareEvent({ contract, now }, eventType, payload, { eventId, occurredAt })
    return 'issues' in prepared ? [] : [prepared]
  })
}

const tellReceiver = async (ask: AskReceiver, report: ReconcileReport): Promise<void> => {
  const { producer, startedAt, through, compared, lost, raced, unrepaired, unexplained, gaps, isDryRun } =
    report
  if (isDryRun) return
  await ask({
    producer,
    salt: '',
    ranges: [],
    proof: {
      at: startedAt,
      through,
      compared,
      lost: lost.length,
      raced: raced.length,
      unrepaired: unrepaired.length,
      unexplained: unexplained.length,
      gaps,
    },
  })
}

const toMissingEvent = (eventId: string): MissingEvent => ({
  eventId,
  madeAfter: idBucketSpan(eventId)?.from,
})

/** Hours of events that stay missing. */
const gapsOf = (ids: readonly string[]): SealedGap[] => {
  const gaps = new Map<string | undefined, SealedGap>()
  for (const id of ids) {
    const span = idBucketSpan(id)
    const known = gaps.get(span?.from) ?? { ...span, events: 0 }
    gaps.set(span?.from, { ...known, events: known.events + 1 })
  }
  return [...gaps.values()].sort((one, other) => ((one.from ?? '') < (other.from ?? '') ? -1 : 1))
}

const newSalt = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, '0')).join('')

const dayMs = 86_400_000
