import type { CompletenessReports } from '../completeness/prove-completeness.ts'
import type { DeliveryDependencies } from '../delivery/deliver-events.ts'
import type { HeldEvent } from '../delivery/held-event.ts'
import type { SenderFault, SenderFaultReason } from '../delivery/sender-fault.ts'
import type { DropReason, NewOutboxEvent, Settlement } from '../outbox/outbox.ts'
import type { ResolvedEmitterOptions } from '../resolve-emitter-options.ts'
import { consoleLogger } from './console-logger.ts'
import type { AttemptReport, EmitterLogger, LostEvent } from './emitter-reports.ts'
import { createFailureLog, nameOf } from './failure-log.ts'
import { createTroubleLog } from './trouble-log.ts'

/**
 * Tells logger and callbacks what happens. Whatever they do, delivery continues. A failure is one line per cause
 * and minute with a `count`; each attempt is a line of its own, at `debug` if it failed.
 */
export interface Observer extends CompletenessReports {
  onAttempt: DeliveryDependencies['report']
  /** Looks for dead events among the settled ones. */
  onSettled(settlements: readonly Settlement[], events: readonly HeldEvent[]): void
  onDropped(event: NewOutboxEvent, reason: DropReason): void
  /** The sender has stopped, because something is wrong with it. Reported once, not for every event. */
  onPaused(fault: SenderFault, delayMs: number): void
  onResumed(fault: SenderFault, pausedMs: number): void
  onRefused(eventType: string, issues: readonly object[]): void
  onClockJump(aheadMs: number): void
  onOutboxFailure(operation: OutboxOperation, error: unknown): void
  /** Writes failures that have only been counted so far. */
  close(): void
}

/** What an outbox has failed to do. `identify` reads its own id, without which events cannot be compared. */
export type OutboxOperation = 'accept' | 'claim' | 'renew' | 'settle' | 'tidy' | 'identify'

export const createObserver = ({
  logger: givenLogger,
  onAttempt,
  onDead,
  onReconciled,
}: Pick<ResolvedEmitterOptions, 'logger' | 'onAttempt' | 'onDead' | 'onReconciled'>): Observer => {
  const logger = givenLogger ?? consoleLogger
  const log = (level: keyof EmitterLogger, details: object, message: string): void => {
    try {
      logger[level](details, message)
    } catch {
      // A broken logger cannot be reported in the log.
    }
  }
  const troubles = createTroubleLog(log)
  const call = <Argument>(
    name: string,
    callback: ((argument: Argument) => void) | undefined,
    argument: Argument,
  ): void => {
    try {
      callback?.(argument)
    } catch (error) {
      troubles.note('error', { callback: name, error: nameOf(error) }, 'A callback of the emitter threw')
    }
  }
  const tellDead = (event: NewOutboxEvent, reason: LostEvent['reason'], detail: string): void => {
    const { id: eventId, eventType, body } = event
    call('onDead', onDead, Object.freeze({ eventId, eventType, reason, detail, body }))
  }
  const lose = (event: NewOutboxEvent, reason: LostEvent['reason'], detail: string): void => {
    const { id: eventId, eventType } = event
    const details = { eventId, eventType, reason, detail }
    log('debug', details, 'An event will not be delivered')
    troubles.note('error', details, 'An event will not be delivered')
    tellDead(event, reason, detail)
  }
  const outboxFailures = createFailureLog((details) => log('error', details, 'The outbox failed'))

  return {
    onAttempt({ id, eventType, requests }, rest) {
      // Without a logger only failures are reported; that an event is dead is a line in any case.
      const isLogged = givenLogger !== undefined || rest.outcome === 'retry'
      if (!isLogged && onAttempt === undefined) return
      const report: AttemptReport = Object.freeze({ eventId: id, eventType, attempt: requests, ...rest })
      // One line says that the sender is paused; a line for each waiting event would repeat it.
      if (isLogged && report.outcome !== 'paused') {
        log(levelOf[report.outcome], report, 'Attempted to deliver an event')
      }
      if (report.outcome === 'retry') {
        troubles.note('warn', report, 'An event could not be delivered and will be tried again')
      }
      call('onAttempt', onAttempt, report)
    },

    onSettled(settlements, events) {
      const dead = settlements.filter((settlement) => settlement.status === 'dead')
      if (dead.length === 0) return
      const byId = new Map(events.map((event) => [event.id, event]))
      for (const { id, reason, detail } of dead) {
        const event = byId.get(id)
        if (event !== undefined) lose(event, reason, detail)
      }
    },

    onDropped(event, reason) {
      // Events that the outbox could not take are counted in the line that says so.
      if (reason === 'outbox_failed') tellDead(event, reason, dropDetails[reason])
      else lose(event, reason, dropDetails[reason])
    },

    onPaused({ reason, detail, clockSkewMs }, nextDelayMs) {
      const details = { reason, detail, nextDelayMs, ...(reason === 'wrong_clock' && { clockSkewMs }) }
      log('error', details, `The sender is paused: ${pauseAdvice[reason]}`)
    },

    onResumed({ reason }, pausedMs) {
      log('info', { reason, pausedMs: Math.round(pausedMs) }, 'The sender continues')
    },

    onRefused(eventType, issues) {
      troubles.note('error', { eventType, issues }, 'An event breaks the contract and was not accepted')
    },

    onClockJump(aheadMs) {
      const direction = aheadMs > 0 ? 'ahead of' : 'behind'
      log(
        'error',
        { aheadMs: Math.round(aheadMs) },
        `The clock is more than a day ${direction} the last moment that the outbox is sure of: no event expires by it until the receiver's clock agrees. Check the clock`,
      )
    },

    onReconciled(report) {
      const { lost, unrepaired, unexplained, raced, compared, gaps, isDryRun, producer } = report
      const counts = { producer, compared, raced: raced.length, unexplained: unexplained.length }
      if (lost.length + unrepaired.length === 0 && gaps.length === 0) {
        log('info', counts, 'The receiver has everything that was delivered')
      } else {
        const named = {
          lost: lost.length,
          unrepaired: unrepaired.length,
          events: [...lost, ...unrepaired].slice(0, maxNamedEvents),
          gaps: gaps.slice(0, maxNamedEvents),
        }
        const end = isDryRun ? 'nothing was sent' : 'it has stored those of "lost" again'
        log('error', { ...counts, ...named }, `The receiver had lost events that were delivered; ${end}`)
      }
      call('onReconciled', onReconciled, report)
    },

    onNotCompared(error, isOverdue) {
      const code = (error as { code?: unknown }).code
      const message = code === 'not_comparable' ? (error as Error).message : undefined
      const since = isOverdue
        ? ' for more than three intervals: it is unknown whether events are missing'
        : ''
      log(
        isOverdue ? 'error' : 'warn',
        { code, message },
        `Delivered events could not be compared with the receiver${since}`,
      )
    },

    onOutboxFailure(operation, error) {
      outboxFailures.note(error, { operation })
    },

    close() {
      outboxFailures.flush()
      troubles.flush()
    },
  }
}

/** How many are named in one line of the log; `onReconciled` gets all of them. */
const maxNamedEvents = 50

/**
 * The level of an attempt's line. Failed attempts are for debugging: an unavailable receiver causes thousands, and each
 * cause is also a warning or an error, once a minute.
 */
const levelOf = { stored: 'info', duplicate: 'info', retry: 'debug', dead: 'debug' } as const

const pauseAdvice: Record<SenderFaultReason, string> = {
  unauthorized: 'the receiver does not accept its key. Correct adminKey (ADMIN_API_KEY)',
  forbidden:
    'the receiver, or something in front of it, does not let it in. Check the key and the network rules',
  invalid_signature:
    'the receiver does not accept its signature. Correct signingSecret (WEBHOOK_SIGNING_SECRET)',
  wrong_clock:
    "this clock and the receiver's are more than five minutes apart. Correct the one that is wrong",
  not_found: 'there is no such route. Correct url (WEBHOOK_URL)',
  redirected: 'the receiver redirects, which is not followed. Correct url (WEBHOOK_URL)',
  not_accepted:
    'the receiver, or something in front of it, refuses requests whatever the event. Check the status',
}

const dropDetails: Record<DropReason, string> = {
  queue_full: 'The outbox was full',
  expired: 'The event was older than the outbox allows',
  outbox_failed: 'The outbox could not take it',
  closed: 'The emitter was closed before it was delivered',
}
