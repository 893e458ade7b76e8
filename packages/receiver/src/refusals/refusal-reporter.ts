import { createPerMinute, type RefusalReason } from '@altcontext/webhook-contract'
import type { LeadScope } from '@altcontext/webhook-store'
import type { WebhookResponse } from '../receiving/webhook-response.ts'
import { safeErrorDetail } from './safe-error-detail.ts'

/** One refused request, or one refused event of a batch, as `onRefused` gets it. Frozen. */
export interface RefusedRequest {
  readonly reason: RefusalReason
  /** The status of the response; for an event of a batch, the one that it would have got alone. */
  readonly statusCode: number
  /** The route: `/v1/webhooks/description-service/batch`. */
  readonly endpoint: string
  readonly occurredAt: Date
  /** The property to which refusals belong. */
  readonly propertyId: string
  /** The host's customer, if it has any. For a request with a wrong key the host may know none. */
  readonly leadScope?: LeadScope | undefined
}

export type OnRefused = (refused: RefusedRequest) => void | Promise<void>

/** The part of a pino logger that is used. */
export interface RefusalLog {
  warn(details: object, message: string): void
  error(details: object, message: string): void
}

/** What is known of the refused request. */
export interface ReportedRequest {
  endpoint: string
  log: RefusalLog
  leadScope: (() => LeadScope | Promise<LeadScope>) | undefined
}

export interface RefusalReporter {
  report(response: WebhookResponse, request: ReportedRequest): void
  /** Resolves when every call of the hook has ended, successfully or not. */
  settled(): Promise<void>
}

// Strangers cause refusals: a flood must not fill the log.
const maxLinesPerMinute = 10
// When this side fails, for example because the database cannot be reached, a second line says no more than the first.
const maxFailureLinesPerMinute = 1

/** Logs refusals and calls the hook. Neither ever sees the body, the key or an address. */
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
  const refusalLines = createPerMinute(maxLinesPerMinute)
  const failureLines = createPerMinute(maxFailureLinesPerMinute)

  const tell = async (
    hook: OnRefused,
    refused: RefusedRequest,
    { log, leadScope }: ReportedRequest,
  ): Promise<void> => {
    try {
      const scope = await scopeOf(refused.reason, leadScope)
      await hook(scope === undefined ? refused : Object.freeze({ ...refused, leadScope: scope }))
    } catch (error) {
      const { endpoint, reason } = refused
      const { isWithin, leftOut } = failureLines.count(`report ${reason} ${endpoint}`, now())
      if (!isWithin) return
      log.error(
        { ...(leftOut > 0 && { leftOut }), endpoint, detail: safeErrorDetail(error) },
        'Failed to report a refused webhook',
      )
    }
  }

  return {
    report: ({ statusCode, refusals }, request) => {
      const { endpoint, log } = request
      const [first] = refusals
      if (first === undefined) return
      // The response to a batch is 200 even if its events cannot be written.
      const isFailure = first.statusCode >= 500
      const { isWithin, leftOut } = isFailure
        ? failureLines.count(JSON.stringify([first.reason, endpoint, first.detail]), now())
        : refusalLines.count(`${first.reason} ${endpoint}`, now())
      const details = {
        ...(leftOut > 0 && { leftOut }),
        reason: first.reason,
        statusCode,
        endpoint,
        refused: refusals.length,
        detail: first.detail,
      }
      // Lines that are left out are counted: the first line of a later minute says how many there were.
      if (isWithin) log[isFailure ? 'error' : 'warn'](details, 'Refused a webhook')

      if (onRefused === undefined) return
      const occurredAt = new Date(now())
      for (const { reason, statusCode: status } of refusals) {
        const refused = Object.freeze({ reason, statusCode: status, endpoint, occurredAt, propertyId })
        const told = tell(onRefused, refused, request).finally(() => running.delete(told))
        running.add(told)
      }
    },
    settled: async () => {
      await Promise.all(running)
    },
  }
}

const scopeOf = async (
  reason: RefusalReason,
  leadScope: ReportedRequest['leadScope'],
): Promise<LeadScope | undefined> => {
  try {
    return await leadScope?.()
  } catch (error) {
    // Nobody knows to whom an unknown key belongs, so the host is not asked.
    if (strangers.has(reason)) return undefined
    throw error
  }
}

const strangers: ReadonlySet<RefusalReason> = new Set([
  'admin_auth_not_configured',
  'unauthorized',
  'wrong_key_rate_limited',
])
