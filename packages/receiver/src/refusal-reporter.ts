import type { Answer, RefusalReason } from './answer.ts'
import { safeErrorDetail } from './safe-error-detail.ts'

/** One refused request, or one refused event of a batch, as `onRefused` gets it. Frozen. */
export interface RefusedRequest {
  readonly reason: RefusalReason
  /** What was answered; for an event of a batch, what it would have been answered alone. */
  readonly statusCode: number
  /** The route: `/v1/webhooks/description-service/batch`. */
  readonly endpoint: string
  readonly occurredAt: Date
  /** The property that refusals belong to. */
  readonly propertyId: string
}

export type OnRefused = (refused: RefusedRequest) => void | Promise<void>

/** The part of a pino logger that is used. */
export interface RefusalLog {
  warn(details: object, message: string): void
  error(details: object, message: string): void
}

/** Logs refusals and tells the hook. Neither ever sees the body, the key or an address. */
export const createRefusalReporter =
  ({
    propertyId,
    onRefused,
    now,
  }: {
    propertyId: string
    onRefused: OnRefused | undefined
    now: () => number
  }) =>
  ({ statusCode, refusals }: Answer, endpoint: string, log: RefusalLog): void => {
    const [first] = refusals
    if (first === undefined) return
    const { reason, detail } = first
    const details = { reason, statusCode, endpoint, refused: refusals.length, detail }
    if (statusCode >= 500) log.error(details, 'Refused a webhook')
    else log.warn(details, 'Refused a webhook')

    if (onRefused === undefined) return
    const occurredAt = new Date(now())
    const logFailure = (error: unknown): void =>
      log.error({ endpoint, detail: safeErrorDetail(error) }, 'Failed to report a refused webhook')
    for (const refusal of refusals) {
      try {
        const told = onRefused(
          Object.freeze({
            reason: refusal.reason,
            statusCode: refusal.statusCode,
            endpoint,
            occurredAt,
            propertyId,
          }),
        )
        told?.catch?.(logFailure)
      } catch (error) {
        logFailure(error)
      }
    }
  }
