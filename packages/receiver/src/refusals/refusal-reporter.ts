import type { Answer, RefusalReason } from '../answer.ts'
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

export interface RefusalReporter {
  report(answer: Answer, endpoint: string, log: RefusalLog): void
  /** Resolves when every call of the hook has ended, one way or the other. */
  settled(): Promise<void>
}

/** Logs refusals and tells the hook. Neither ever sees the body, the key or an address. */
export const createRefusalReporter = ({
  propertyId,
  onRefused,
  now,
}: {
  propertyId: string
  onRefused: OnRefused | undefined
  now: () => number
}): RefusalReporter => {
  const running = new Set<Promise<void>>()

  const tell = async (hook: OnRefused, refused: RefusedRequest, log: RefusalLog): Promise<void> => {
    try {
      await hook(refused)
    } catch (error) {
      const { endpoint } = refused
      log.error({ endpoint, detail: safeErrorDetail(error) }, 'Failed to report a refused webhook')
    }
  }

  return {
    report: ({ statusCode, refusals }, endpoint, log) => {
      const [first] = refusals
      if (first === undefined) return
      const details = {
        reason: first.reason,
        statusCode,
        endpoint,
        refused: refusals.length,
        detail: first.detail,
      }
      if (statusCode >= 500) log.error(details, 'Refused a webhook')
      else log.warn(details, 'Refused a webhook')

      if (onRefused === undefined) return
      const occurredAt = new Date(now())
      for (const { reason, statusCode: status } of refusals) {
        const refused = Object.freeze({ reason, statusCode: status, endpoint, occurredAt, propertyId })
        const told = tell(onRefused, refused, log).finally(() => running.delete(told))
        running.add(told)
      }
    },
    settled: async () => {
      await Promise.all(running)
    },
  }
}
