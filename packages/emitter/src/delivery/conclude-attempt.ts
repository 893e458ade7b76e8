import type { Settlement } from '../outbox/outbox.ts'
import type { ResolvedEmitterOptions } from '../resolve-emitter-options.ts'
import type { HeldEvent } from './held-event.ts'
import type { Verdict } from './judge-webhook-response.ts'
import { describeIssues, type EventResult } from './read-results.ts'
import type { RequestGate } from './request-gate.ts'
import type { RetrySchedule } from './retry-schedule.ts'

export interface ConcludeDependencies {
  options: Pick<ResolvedEmitterOptions, 'retry' | 'timeoutMs'>
  gate: Pick<RequestGate, 'pause'>
  schedule: RetrySchedule
  /** Whether so many deliveries are open that the outbox should hold those with long waits. */
  isCrowded(): boolean
}

/** The outcome of one request: which events are settled, and which are sent again after how long. */
export const createConclude = ({ options, gate, schedule, isCrowded }: ConcludeDependencies) => {
  const afterShortRetries = (event: HeldEvent, floorMs: number, detail: string): Settlement[] => {
    const { id, attempts } = event
    const delayMs = schedule.longDelayMs(attempts)
    if (delayMs !== undefined) return retriesOf([event], Math.max(delayMs, floorMs), detail)
    return [{ id, status: 'dead', attempts, reason: 'exhausted', detail }]
  }

  return (
    events: readonly HeldEvent[],
    verdict: Extract<Verdict, { kind: 'results' | 'retry' | 'dead' }>,
  ) => {
    const settlements: Settlement[] = []
    if (verdict.kind === 'dead') {
      const { reason, detail } = verdict
      for (const { id, attempts } of events) {
        settlements.push({ id, status: 'dead', attempts: attempts + 1, reason, detail })
      }
      return { settlements, failed: [], delayMs: 0, isPaced: false }
    }
    if (verdict.kind === 'retry' && isPacedBy(verdict)) {
      const delayMs = schedule.pacedDelayMs(stepOf(events, verdict), verdict.retryAfterMs ?? 0)
      // How often this event has failed says nothing about the others: those wait only as long as the receiver asked.
      if (verdict.isRateLimit) {
        gate.pause(verdict.retryAfterMs === undefined ? delayMs : schedule.believed(verdict.retryAfterMs))
      }
      if (events.every((event) => event.pacedMs + delayMs <= options.retry.retryAfterBudgetMs)) {
        for (const event of events) event.pacedMs += delayMs
        return { settlements, failed: events, delayMs, isPaced: true }
      }
    }
    const failed: HeldEvent[] = []
    const floorMs = verdict.kind === 'retry' ? schedule.believed(verdict.retryAfterMs ?? 0) : 0
    let delayMs = floorMs
    events.forEach((event, index) => {
      const result = verdict.kind === 'results' ? verdict.results[index] : undefined
      if (result === undefined || result.status === 'retry') {
        event.attempts += 1
        const shortDelayMs = schedule.shortDelayMs(event.attempts)
        const detail = `${errorOf(verdict, index) ?? 'retry'} at attempt ${event.attempts}`
        if (shortDelayMs === undefined) {
          settlements.push(...afterShortRetries(event, floorMs, detail))
        } else if (shortDelayMs > options.timeoutMs && isCrowded()) {
          settlements.push(...retriesOf([event], Math.max(shortDelayMs, floorMs), detail))
        } else {
          delayMs = Math.max(delayMs, shortDelayMs)
          failed.push(event)
        }
      } else settlements.push(toSettlement(event, result))
    })
    return { settlements, failed, delayMs, isPaced: false }
  }
}

/** Gives events back to the outbox. */
export const retriesOf = (
  events: readonly Pick<HeldEvent, 'id' | 'attempts'>[],
  delayMs: number,
  detail: string,
): Settlement[] => events.map(({ id, attempts }) => ({ id, status: 'retry', attempts, delayMs, detail }))

const isPacedBy = ({ isRateLimit, retryAfterMs }: Extract<Verdict, { kind: 'retry' }>): boolean =>
  isRateLimit || retryAfterMs !== undefined

// If the receiver says how long to wait, that is obeyed; otherwise requests become less and less frequent.
const stepOf = (
  events: readonly HeldEvent[],
  { retryAfterMs }: Extract<Verdict, { kind: 'retry' }>,
): number =>
  events.reduce(
    (step, { attempts, requests }) => Math.max(step, retryAfterMs === undefined ? requests - 1 : attempts),
    0,
  )

const toSettlement = (
  { id, attempts }: HeldEvent,
  result: Exclude<EventResult, { status: 'retry' }>,
): Settlement =>
  result.status === 'invalid'
    ? {
        id,
        status: 'dead',
        attempts: attempts + 1,
        reason: 'refused',
        detail: describeIssues(result.error, result.issues),
      }
    : { id, status: result.status, attempts: attempts + 1 }

/** The error that a report of an attempt names for one of its events. */
export const errorOf = (verdict: Verdict, index: number): string | undefined => {
  if (verdict.kind === 'retry' || verdict.kind === 'dead') return verdict.error
  const result = verdict.kind === 'results' ? verdict.results[index] : undefined
  return result?.status === 'retry' || result?.status === 'invalid'
    ? describeIssues(result.error, [])
    : undefined
}
