import type { HeartbeatRequest } from '@altcontext/webhook-contract'
import { unrefTimer } from '../delivery/unref-timer.ts'
import { isEmitterError } from '../emitter-error.ts'
import { emitterDefaults } from '../emitter-options.ts'
import { newId } from '../new-id.ts'
import type { OutboxCompleteness } from '../outbox/durable/outbox-completeness.ts'
import type { OutboxCounts } from '../outbox/outbox.ts'
import type { ResolvedEmitterOptions } from '../resolve-emitter-options.ts'
import { createPostWebhook } from '../transport/post-webhook.ts'
import { closedMoment } from './closed-moment.ts'
import type { SealedDifferences } from './compare-sealed.ts'
import {
  type CompareSums,
  type ReconcileOptions,
  type ReconcileReport,
  reconcileOutbox,
} from './reconcile-outbox.ts'

const dayMs = 86_400_000
/** Keeps processes that start together from always asking at the same moment. */
const jitterShare = 0.1
/** If the proof is missing for this many intervals, the receiver is not just being updated. */
const overdueIntervals = 3

/**
 * Proves every hour that the receiver has what was delivered, and once a day that it has what has been pruned here since: the
 * receiver counts that again from its rows. Says every minute up to when everything is delivered.
 */
export interface CompletenessProver {
  reconcile(options?: ReconcileOptions): Promise<ReconcileReport>
  /** Sends the first heartbeat, and begins further ones and hourly reconciliations. They do not keep the process running. */
  start(): void
  stop(): Promise<void>
}

export interface CompletenessReports {
  onReconciled(report: ReconcileReport): void
  /** `isOverdue`: nothing could be proven for so long that somebody must look into it. */
  onNotCompared(error: unknown, isOverdue: boolean): void
  onOutboxFailure(operation: 'identify', error: unknown): void
}

export const createCompletenessProver = (
  outbox: OutboxCompleteness,
  options: ResolvedEmitterOptions,
  counts: () => OutboxCounts,
  reports: CompletenessReports,
): CompletenessProver => {
  const intervals = options.completeness || emitterDefaults.completeness
  const stopping = new AbortController()
  const post = createPostWebhook(options)
  const running = new Set<Promise<unknown>>()
  let provenAtMs = performance.now()
  const timers = new Set<ReturnType<typeof setTimeout>>()

  const track = <Result>(work: Promise<Result>): Promise<Result> => {
    const tracked = work.finally(() => running.delete(tracked))
    running.add(tracked)
    return tracked
  }

  const reconcile = (asked: ReconcileOptions = {}, compareSums?: CompareSums): Promise<ReconcileReport> => {
    const signal =
      asked.signal === undefined ? stopping.signal : AbortSignal.any([asked.signal, stopping.signal])
    return track(
      reconcileOutbox(outbox, options, { ...asked, signal }, compareSums).then((report) => {
        provenAtMs = performance.now()
        reports.onReconciled(report)
        return report
      }),
    )
  }

  /** A receiver that cannot be reached, or has an older version: there is a next time. */
  const reconcileWhenDue = async (): Promise<void> => {
    try {
      if (!(await outbox.takeTurn(intervals.reconcileIntervalMs))) return
    } catch (error) {
      if (!stopping.signal.aborted) reports.onOutboxFailure('identify', error)
      return
    }
    try {
      await reconcile({}, sumsOfToday)
    } catch (error) {
      const isOverdue = performance.now() - provenAtMs > overdueIntervals * intervals.reconcileIntervalMs
      if (!stopping.signal.aborted) reports.onNotCompared(error, isOverdue)
    }
  }

  let sums: { atMs: number; last: SealedDifferences } | undefined
  const sumsOfToday: CompareSums = async (zones, compare) => {
    if (sums === undefined || performance.now() - sums.atMs > dayMs) {
      sums = { atMs: performance.now(), last: await compare(zones) }
      return sums.last
    }
    // Buckets that differed are compared every hour: they may have been repaired.
    const { compared, ...again } = await compare(sums.last.differing)
    sums.last = { ...again, compared: sums.last.compared }
    return sums.last
  }

  const beat = async (): Promise<void> => {
    try {
      const [producer, progress] = await Promise.all([outbox.producer(), outbox.progress()])
      const { accepted, delivered, duplicate, pending, dead, dropped } = counts()
      const { nowMs, oldestPendingMs } = progress
      const heartbeat: HeartbeatRequest = {
        producer,
        sentAt: new Date(options.now()).toISOString(),
        intervalMs: intervals.heartbeatIntervalMs,
        closedThrough: new Date(Math.max(0, closedMoment(progress))).toISOString(),
        oldestPendingMs:
          oldestPendingMs === undefined ? null : Math.max(0, Math.round(nowMs - oldestPendingMs)),
        ledger: {
          accepted,
          delivered,
          duplicate,
          pending,
          dead,
          dropped: { ...dropped } as Record<string, number>,
        },
      }
      await post({ url: options.heartbeatUrl, id: newId(), body: JSON.stringify(heartbeat) }, stopping.signal)
    } catch (error) {
      // A receiver that cannot be reached gets no heartbeat, and notices that itself: that is what heartbeats are for.
      if (isEmitterError(error) && !stopping.signal.aborted) reports.onOutboxFailure('identify', error)
    }
  }

  return {
    reconcile: (asked) => reconcile(asked),
    start() {
      if (options.completeness === false) return
      const repeat = async (run: () => Promise<void>, intervalMs: number): Promise<void> => {
        await track(run())
        if (stopping.signal.aborted) return
        const timer = setTimeout(
          () => {
            timers.delete(timer)
            void repeat(run, intervalMs)
          },
          intervalMs * (1 - jitterShare * Math.random()),
        )
        timers.add(unrefTimer(timer))
      }
      void repeat(beat, intervals.heartbeatIntervalMs)
      // The outbox decides whether it is due: it knows about earlier processes, and about those that run beside this one.
      void repeat(reconcileWhenDue, Math.min(intervals.heartbeatIntervalMs, intervals.reconcileIntervalMs))
    },
    async stop() {
      for (const timer of timers) clearTimeout(timer)
      stopping.abort(new Error('The emitter is closing.'))
      await Promise.allSettled(running)
    },
  }
}
