import { createCompletenessProver } from '../../completeness/prove-completeness.ts'
import { EmitterError } from '../../emitter-error.ts'
import type { Acceptance, NewOutboxEvent, Outbox, OutboxCounts, OutboxListener } from '../outbox.ts'
import { createGroupCommit } from './create-group-commit.ts'
import { createLedgerView } from './create-ledger-view.ts'
import { expiryIntervalMs } from './durable-outbox-options.ts'
import { createOutboxClock } from './outbox-clock.ts'
import { addToLedger, type LedgerChange, toOutboxCounts } from './outbox-ledger.ts'
import type { OutboxStorage } from './outbox-storage.ts'

export interface DurableOutboxSettings {
  maxEvents: number
  maxAgeMs: number
  pollIntervalMs: number
  /** The ledger, if it is known before the first claim. */
  counts?: OutboxCounts | undefined
}

/**
 * What every durable outbox does, wherever its events are: it commits in groups, keeps to its limits, wakes the sender when
 * something is due, tidies up, and ends in order.
 */
export const createDurableOutbox = (
  storage: OutboxStorage,
  { maxEvents, maxAgeMs, pollIntervalMs, counts = toOutboxCounts(new Map(), 0) }: DurableOutboxSettings,
): Outbox => {
  const ledger = createLedgerView(counts, storage.readCounts)
  const running = new Set<Promise<unknown>>()
  const timers = new Set<NodeJS.Timeout>()
  let listener: OutboxListener | undefined
  let opening: Promise<void> | undefined
  let closing: Promise<void> | undefined
  let expiredAtMs = Number.NEGATIVE_INFINITY

  /** Every use of the storage: it is opened first, and its errors get messages that hold nothing of a row. */
  const use = <Result>(what: string, run: () => Result | Promise<Result>): Promise<Result> => {
    const operation = (async () => {
      try {
        opening ??= Promise.resolve(storage.open())
        await opening.catch((error) => {
          opening = undefined
          throw error
        })
        return await run()
      } catch (error) {
        throw storage.toError(what, error)
      }
    })()
    running.add(operation)
    const forget = (): void => void running.delete(operation)
    operation.then(forget, forget)
    return operation
  }
  const wake = (): void => {
    if (closing === undefined) listener?.onReady()
  }
  /** For events that this process knows will be due; those that others hold are found by polling. Waiting does not keep the process running. */
  const wakeAfter = (delayMs: number): void => {
    if (delayMs > maxTimerMs || closing !== undefined) return
    const timer = setTimeout(() => {
      timers.delete(timer)
      wake()
    }, delayMs).unref()
    timers.add(timer)
  }

  const clock = createOutboxClock(storage, (aheadMs) => listener?.onClockJump?.(aheadMs))
  const oldestToSendMs = async (): Promise<number> => (await clock.latestMs()) - maxAgeMs

  const acceptGroup = (group: readonly NewOutboxEvent[]): Promise<Acceptance[]> =>
    use('write to', async () => {
      const unique = [...new Map(group.map((event) => [event.id, event])).values()]
      const oldestMs = await oldestToSendMs()
      const { acceptances, evicted } = await ledger.change(() =>
        storage.insert(unique, { room: Math.max(0, maxEvents - ledger.counts().pending), oldestMs }),
      )
      for (const event of evicted) listener?.onDropped(event, 'queue_full')
      wake()
      return group.map(({ id }) => acceptances.get(id) ?? { status: 'accepted' })
    })
  const accepting = createGroupCommit(acceptGroup, storage.maxGroupEvents)

  const dropExpired = async (beforeMs: number): Promise<number> => {
    const { expired } = await ledger.change(async () => {
      const changes: LedgerChange = {}
      const dropped = await storage.dropExpired(beforeMs)
      if (dropped.length > 0) addToLedger(changes, 'dropped:expired', dropped.length)
      return { expired: dropped, changes }
    })
    for (const event of expired) listener?.onDropped(event, 'expired')
    return expired.length
  }
  const tidy = async (): Promise<void> => {
    const nowMs = await clock.advance()
    if (Math.abs(nowMs - expiredAtMs) >= expiryIntervalMs(maxAgeMs)) {
      while ((await dropExpired(nowMs - maxAgeMs)) > 0);
      expiredAtMs = nowMs
    }
    await storage.prune(nowMs)
    storage.compact()
  }
  /** One after the other: two at once could undo each other's change of the outbox's time. */
  let tidied = Promise.resolve()
  const tidySafely = (): void => {
    if (closing !== undefined) return
    // A full disk, a reader in the way, an unavailable database: it is tried again later.
    tidied = tidied.then(() => use('tidy', tidy)).catch((error) => listener?.onTidyFailure?.(error))
  }

  const polling = setInterval(() => {
    if (storage.mayHaveWork() || clock.isUnsure()) wake()
  }, pollIntervalMs).unref()
  const tidying = setInterval(tidySafely, tidyMs).unref()
  const stopListening = storage.listen(wake)

  const close = async (): Promise<void> => {
    clearInterval(polling)
    clearInterval(tidying)
    for (const timer of timers) clearTimeout(timer)
    await accepting.idle()
    await tidied
    await Promise.allSettled(running)
    await stopListening()
    await storage.close()
  }

  const { completeness } = storage
  return {
    isDurable: true,

    completeness: {
      producer: () => use('read', completeness.producer),
      deliveredIds: (range, maxIds) => use('compare', () => completeness.deliveredIds(range, maxIds)),
      otherIds: (range) => use('compare', () => completeness.otherIds(range)),
      sealedBuckets: () => use('compare', completeness.sealedBuckets),
      deliveredEvents: (ids) => use('compare', () => completeness.deliveredEvents(ids)),
      stopComparing: (ids) => use('compare', () => completeness.stopComparing(ids)),
      acceptedEvents: (request) => use('compare', () => completeness.acceptedEvents(request)),
      takeTurn: (intervalMs) => use('read', () => completeness.takeTurn(intervalMs)),
      progress: () => use('read', completeness.progress),
    },
    createCompletenessProver,

    attach(newListener) {
      listener = newListener
      tidySafely()
    },

    accept(event) {
      if (closing === undefined) return accepting.add(event)
      throw new EmitterError(
        'closed',
        'Failed to accept an event: the outbox is closed. Emit before closing it.',
      )
    },

    claim: (request) =>
      use('claim from', async () => {
        await ledger.refresh()
        return storage.claim({ ...request, oldestMs: await oldestToSendMs() })
      }),

    renew: (ids, leaseMs) => use('renew a claim of', () => storage.renew(ids, leaseMs)),

    async settle(settlements) {
      await use('settle events of', () =>
        ledger.change(async () => ({ changes: await storage.settle(settlements) })),
      )
      const delays = settlements.flatMap((settlement) =>
        settlement.status === 'retry' ? [settlement.delayMs] : [],
      )
      if (delays.length > 0) wakeAfter(Math.max(1, Math.min(...delays)))
    },

    counts: () => ledger.counts(),
    check: () => use('use', () => storage.check()),

    noteReceiverTime(timeMs) {
      if (!clock.noteReceiverTime(timeMs)) return
      tidySafely()
      wake()
    },

    close() {
      closing ??= close()
      return closing
    },
  }
}

const tidyMs = 60_000
/** `setTimeout` takes no more than 31 bits; polling finds what is due later. */
const maxTimerMs = 2_000_000_000
