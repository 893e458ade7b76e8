import * as z from 'zod/mini'
import { ContractError } from '../contract-error.ts'
import { contractLimits } from '../contract-limits.ts'
import type { AnyContract, EventDefinition, EventType, WebhookEvent } from './define-contract.ts'
import { type EventIssue, toEventIssues } from './event-issue.ts'
import { instant } from './instant.ts'
import { safeParse } from './safe-parse.ts'
import { identifierText } from './text.ts'

export interface ParseEventOptions {
  /** The clock, in milliseconds since 1970, against which a future `occurredAt` is judged. @default Date.now() */
  nowMs?: number | undefined
}

export type SafeParseEventResult<C extends AnyContract> =
  | { success: true; event: WebhookEvent<C> }
  | { success: false; issues: EventIssue[] }

/** The envelope of roadmap §6 around any payload. */
export const envelopeSchema = z.object({
  eventType: z.string(),
  tenantId: identifierText(contractLimits.maxTenantIdLength),
  occurredAt: instant,
  payload: z.record(z.string(), z.unknown()),
})

/** The envelope of a contract's events: without tenants it has no `tenantId`. */
export const envelopeSchemaOf = ({ hasTenants }: Pick<AnyContract, 'hasTenants'>): z.ZodMiniType<Envelope> =>
  hasTenants === false ? tenantlessEnvelopeSchema : envelopeSchema

type Envelope = Omit<z.output<typeof envelopeSchema>, 'tenantId'> & { tenantId?: string | undefined }

const tenantlessEnvelopeSchema = z.omit(envelopeSchema, { tenantId: true })

const isSameTenant = (inPayload: unknown, tenantId: string): boolean =>
  inPayload === undefined || inPayload === tenantId

/**
 * Reads one envelope against a contract.
 *
 * Unknown fields are dropped (a newer emitter may talk to an older receiver), instants are brought to UTC
 * milliseconds, free texts are redacted. Refused: an unknown event type, a `payload.tenantId` that is not the
 * envelope's, and an `occurredAt` more than a day ahead of the clock. The past is accepted, however old.
 *
 * @example
 * const result = safeParseEvent(descriptionServiceContract, JSON.parse(body))
 * if (!result.success) return reply.code(400).send({ ok: false, error: 'invalid_request', issues: result.issues })
 */
export const safeParseEvent = <C extends AnyContract>(
  contract: C,
  value: unknown,
  { nowMs = Date.now() }: ParseEventOptions = {},
): SafeParseEventResult<C> => {
  const envelope = safeParse(envelopeSchemaOf(contract), value)
  if (!envelope.success) return { success: false, issues: toEventIssues(envelope.error.issues) }

  const { eventType, tenantId = contract.name, occurredAt } = envelope.data
  const issues: EventIssue[] = []
  if (Date.parse(occurredAt) > nowMs + contractLimits.maxFutureMs) {
    issues.push({ path: 'occurredAt', message: 'Expected a time at most 24 hours in the future' })
  }
  if (contract.hasTenants !== false && !isSameTenant(envelope.data.payload.tenantId, tenantId)) {
    issues.push({ path: 'payload.tenantId', message: "Expected the envelope's tenantId, or nothing" })
  }
  if (!Object.hasOwn(contract.events, eventType)) {
    issues.push({
      path: 'eventType',
      message: `Unknown event type. Expected one of ${Object.keys(contract.events).join(', ')}`,
    })
    return { success: false, issues }
  }

  const definition = contract.events[eventType] as EventDefinition
  const payload = safeParse(definition.payload, envelope.data.payload)
  if (!payload.success) issues.push(...toEventIssues(payload.error.issues, ['payload']))
  if (!payload.success || issues.length > 0) return { success: false, issues }
  return {
    success: true,
    event: { eventType, tenantId, occurredAt, payload: payload.data } as WebhookEvent<C, EventType<C>>,
  }
}

/**
 * {@link safeParseEvent} for callers that prefer an exception.
 *
 * @throws {ContractError} `invalid_event`, with the issues.
 */
export const parseEvent = <C extends AnyContract>(
  contract: C,
  value: unknown,
  options?: ParseEventOptions,
): WebhookEvent<C> => {
  const result = safeParseEvent(contract, value, options)
  if (result.success) return result.event
  const fields = result.issues.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`))
  throw new ContractError(
    'invalid_event',
    `Failed to read an event of the contract "${contract.name}": ${fields.join('; ')}. Correct the sender.`,
    result.issues,
  )
}
