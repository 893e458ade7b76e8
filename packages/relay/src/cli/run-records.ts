import { setTimeout as delay } from 'node:timers/promises'
import { contractLimits, isEventId } from '@altcontext/webhook-contract'
import type { DeadReason, DropReason } from '@altcontext/webhook-emitter'
import type {
  OutboxQuery,
  OutboxRecord,
  OutboxRecordState,
  OutboxRecords,
  PruneReport,
  ReplayReport,
  SettledState,
} from '@altcontext/webhook-emitter/sqlite'
import { invalidOptions, RelayError } from '../relay-error.ts'
import { formatDuration, parseDuration } from './duration.ts'
import { formatChange, formatCounts, formatList, formatRecord } from './format-records.ts'

/** What the commands on an outbox need. */
export interface RecordsContext {
  records: OutboxRecords
  isJson: boolean
  write(text: string): void
  nowMs: number
  /** Asks the person at the terminal. `undefined` if there is no terminal. */
  confirm?: ((question: string) => Promise<boolean>) | undefined
}

export const runStatus = async ({ records, isJson, write }: RecordsContext): Promise<void> => {
  const counts = await records.counts()
  write(isJson ? JSON.stringify(counts) : formatCounts(counts))
}

export const runList = async (
  { records, isJson, write, nowMs }: RecordsContext,
  { state, limit, ...filters }: RecordFilters & { state?: string | undefined; limit?: string | undefined },
): Promise<void> => {
  const maxRecords = Number(limit ?? 50)
  const isState = state === undefined || (states as readonly string[]).includes(state)
  if (!isState || !Number.isSafeInteger(maxRecords) || maxRecords < 1) {
    throw invalidOptions(
      `Failed to list events: expected --state ${states.join('|')} and --limit of at least 1. Correct the flags.`,
    )
  }
  const found = await records.list({
    state: state as OutboxRecordState | undefined,
    limit: maxRecords,
    ...toQuery('list events', filters),
  })
  write(isJson ? JSON.stringify(found) : formatList(found, nowMs))
}

/** Which events `list` and `tail` show, if not all. */
export interface RecordFilters {
  type?: string | undefined
  tenant?: string | undefined
  reason?: string | undefined
}

const toQuery = (
  what: string,
  { type, tenant, reason }: RecordFilters,
): Pick<OutboxQuery, 'eventType' | 'tenantId' | 'reason'> => {
  if (reason === undefined || isReason(reason)) return { eventType: type, tenantId: tenant, reason }
  throw invalidOptions(`Failed to ${what}: expected --reason ${reasons.join('|')}. Correct the flag.`)
}

export const runShow = async ({ records, isJson, write }: RecordsContext, id: string): Promise<void> => {
  const record = isEventId(id) ? await records.find(id) : undefined
  if (record === undefined) throw unknownEvent('show', id)
  write(isJson ? JSON.stringify(record) : formatRecord(record))
}

export const runReplay = async (
  { records, isJson, write, nowMs }: RecordsContext,
  {
    id,
    allDead,
    since,
  }: { id?: string | undefined; allDead?: boolean | undefined; since?: string | undefined },
): Promise<void> => {
  if ([id, allDead, since].filter((choice) => choice !== undefined).length !== 1) {
    throw invalidOptions('Failed to replay: expected an ID, --all-dead or --since. Give one of them.')
  }
  if (id !== undefined && !isEventId(id)) throw unknownEvent('replay', id)
  const { replayed, tooOld } = await (id === undefined
    ? replayDead(records, since === undefined ? 0 : parseMoment(since, nowMs), (text) => {
        if (!isJson) write(text)
      })
    : records.replay({ id }))
  if (id !== undefined && tooOld > 0) {
    throw new RelayError(
      'event_too_old',
      `Failed to replay ${id}: it was ${tooOldToReplay} Check whether it has the event; if not, emit it as a new event.`,
    )
  }
  if (id !== undefined && replayed === 0) throw unknownEvent('replay', id)
  const refused = tooOld === 0 ? '' : ` ${tooOld} will not: ${tooOldToReplay}`
  write(isJson ? JSON.stringify({ replayed, tooOld }) : `${replayed} events will be sent again.${refused}`)
}

/** How many at a time: a long replay must not block the outbox, and its progress is shown. */
const replayDead = async (
  records: OutboxRecords,
  deadSinceMs: number,
  writeProgress: (text: string) => void,
): Promise<ReplayReport> => {
  // Events that are rejected again meanwhile are dead once more: no more are replayed than there were at the start.
  const { dead } = await records.counts()
  let replayed = 0
  for (;;) {
    const maxEvents = Math.min(eventsInOneReplay, dead - replayed)
    const report = await records.replay({ deadSinceMs, maxEvents })
    replayed += report.replayed
    if (report.replayed < eventsInOneReplay || replayed >= dead) return { ...report, replayed }
    writeProgress(`${replayed} of at most ${dead} so far …`)
  }
}

const eventsInOneReplay = 5000

export const runPrune = async (
  { records, isJson, write, confirm }: RecordsContext,
  { olderThan, state, dryRun }: { olderThan: string; state?: string | undefined; dryRun?: true | undefined },
): Promise<void> => {
  const olderThanMs = parseDuration(olderThan)
  if (olderThanMs === undefined) throw badDuration('prune', '--older-than', olderThan)
  if (state !== undefined && !isSettledState(state)) {
    throw invalidOptions(`Failed to prune: expected --state ${settledStates.join('|')}. Correct the flag.`)
  }
  const selection = { olderThanMs, states: state && [state] }
  const isSure = dryRun
    ? false
    : await confirmPrune(await records.prune({ ...selection, isDryRun: true }), state, confirm)
  const { deleted, clockAheadMs } = await records.prune({ ...selection, isDryRun: !isSure })
  const report = isSure ? { deleted } : { wouldDelete: deleted }
  if (isJson) return write(JSON.stringify({ ...report, clockAheadMs }))
  const clock =
    clockAheadMs === undefined
      ? ''
      : ` The clock is ${formatDuration(clockAheadMs)} ahead of the last moment that the outbox has seen, so ages are counted to that moment.`
  const what = state ?? 'settled'
  write(
    isSure
      ? `${deleted} ${what} events were deleted from the delivery log.${clock}`
      : `${deleted} ${what} events would be deleted; nothing was.${clock}`,
  )
}

/** Asks only on a terminal; a script that runs the command has already decided. */
const confirmPrune = async (
  { deleted }: PruneReport,
  state: string | undefined,
  confirm: RecordsContext['confirm'],
): Promise<boolean> => {
  if (confirm === undefined || deleted === 0) return true
  const loss = state === 'dead' ? ' They cannot be replayed afterwards.' : ''
  return confirm(`Delete ${deleted} ${state ?? 'settled'} events from the delivery log?${loss}`)
}

/** Writes changes as they happen, the oldest first, until `signal`. */
export const runTail = async (
  { records, isJson, write, nowMs }: RecordsContext,
  { since, ...filters }: RecordFilters & { since: string },
  signal: AbortSignal,
): Promise<void> => {
  const query = toQuery('follow events', filters)
  let changedAfterMs = parseMoment(since, nowMs) - 1
  const written = new Map<string, string>()
  while (!signal.aborted) {
    const changes = await records.list({ ...query, changedAfterMs, limit: 1000 })
    for (const record of changes) {
      const fingerprint = `${record.state} ${record.changedAt}`
      if (written.get(record.id) === fingerprint) continue
      written.set(record.id, fingerprint)
      write(isJson ? JSON.stringify(record) : formatChange(record))
    }
    const last = changes.at(-1)
    // Others may have been written in the same millisecond, so that millisecond is read again.
    if (last !== undefined) changedAfterMs = Math.max(changedAfterMs, Date.parse(last.changedAt) - 1)
    forget(written, changes)
    await delay(500, undefined, { signal }).catch(() => {})
  }
}

const states = ['pending', 'delivered', 'duplicate', 'dead', 'dropped'] as const satisfies OutboxRecordState[]

const reasons = [
  'refused',
  'redirected',
  'exhausted',
  'queue_full',
  'expired',
  'outbox_failed',
  'closed',
] as const satisfies (DeadReason | DropReason)[]
const isReason = (text: string): text is (typeof reasons)[number] =>
  (reasons as readonly string[]).includes(text)

const settledStates: readonly SettledState[] = states.filter((state) => state !== 'pending')
const isSettledState = (text: string): text is SettledState =>
  (settledStates as readonly string[]).includes(text)

const tooOldToReplay = `accepted more than ${contractLimits.retryHorizonMs / 86_400_000} days ago, so the receiver may have stored it and forgotten it since, and would count it twice.`

const forget = (written: Map<string, string>, changes: readonly OutboxRecord[]): void => {
  const current = new Set(changes.map(({ id }) => id))
  for (const id of written.keys()) if (!current.has(id)) written.delete(id)
}

/** `12h` ago, or a date, in milliseconds since 1970. */
export const parseMoment = (text: string, nowMs: number): number => {
  const agoMs = parseDuration(text)
  const momentMs = agoMs === undefined ? Date.parse(text) : nowMs - agoMs
  if (Number.isNaN(momentMs)) throw badDuration('read the time', '--since', text)
  return momentMs
}

const badDuration = (what: string, flag: string, text: string): RelayError =>
  invalidOptions(
    `Failed to ${what}: ${flag} is "${text}". Give a duration such as 12h or 7d${flag === '--since' ? ', or a date' : ''}.`,
  )

const unknownEvent = (what: string, id: string): RelayError =>
  new RelayError(
    'unknown_event',
    `Failed to ${what} ${isEventId(id) ? id : 'the event'}: ${
      isEventId(id)
        ? `there is no such event${what === 'replay' ? ' that is dead or waiting' : ''}`
        : 'that is not a UUID'
    }. Look for it with "list".`,
  )
