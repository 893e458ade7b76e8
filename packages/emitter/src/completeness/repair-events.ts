import { judgeWebhookResponse } from '../delivery/judge-webhook-response.ts'
import { fitsOneBatch, toBatchBody } from '../delivery/webhook-body.ts'
import { newId } from '../new-id.ts'
import type { NewOutboxEvent } from '../outbox/outbox.ts'
import type { PostWebhook } from '../transport/post-webhook.ts'
import { maxAttempts, waitAgain } from './wait-again.ts'

/** What the receiver said about events that were sent again. */
export interface Repaired {
  /** It did not have them, and has them now. */
  stored: string[]
  /** It had them. */
  duplicate: string[]
  /** It refused them, or could not be reached. */
  failed: string[]
}

export interface RepairEventsOptions {
  post: PostWebhook
  batchUrl: URL
  producer: string
  maxBatchEvents: number
  now: () => number
  signal: AbortSignal
  onRepaired?: ((events: number) => void) | undefined
}

/** Sends events again, as a batch like any other. The receiver knows by their ids whether it has them. */
export const repairEvents = async (
  events: readonly NewOutboxEvent[],
  options: RepairEventsOptions,
): Promise<Repaired> => {
  const repaired: Repaired = { stored: [], duplicate: [], failed: [] }
  for (let start = 0; start < events.length; start += options.maxBatchEvents) {
    await sendBatch(events.slice(start, start + options.maxBatchEvents), options, repaired)
    options.onRepaired?.(Math.min(events.length, start + options.maxBatchEvents))
  }
  return repaired
}

const sendBatch = async (
  events: readonly NewOutboxEvent[],
  options: RepairEventsOptions,
  repaired: Repaired,
  attempt = 1,
): Promise<void> => {
  const { post, batchUrl, producer, now, signal } = options
  const held = events.map((event) => ({ ...event, attempts: 0 }))
  const sendHalves = async (): Promise<void> => {
    const middle = Math.ceil(events.length / 2)
    await sendBatch(events.slice(0, middle), options, repaired)
    await sendBatch(events.slice(middle), options, repaired)
  }
  if (!fitsOneBatch(held)) return sendHalves()
  const response = await post({ url: batchUrl, id: newId(), body: toBatchBody(held, producer) }, signal)
  const verdict = judgeWebhookResponse(response, {
    isBatch: true,
    ids: events.map(({ id }) => id),
    nowMs: now(),
  })
  if (verdict.kind === 'too_large') return sendHalves()
  let again: readonly NewOutboxEvent[] = []
  if (verdict.kind === 'results') {
    again = events.filter(({ id }, position) => {
      const status = verdict.results[position]?.status
      if (status === 'stored' || status === 'duplicate') repaired[status].push(id)
      if (status === 'invalid') repaired.failed.push(id)
      return status === 'retry'
    })
  } else if (verdict.kind === 'retry') again = events
  else repaired.failed.push(...events.map(({ id }) => id))
  if (again.length === 0) return
  if (attempt === maxAttempts) {
    repaired.failed.push(...again.map(({ id }) => id))
    return
  }
  await waitAgain(attempt, verdict.kind === 'retry' ? verdict.retryAfterMs : undefined, signal)
  await sendBatch(again, options, repaired, attempt + 1)
}
