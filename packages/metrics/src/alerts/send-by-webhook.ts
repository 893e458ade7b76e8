import { webhookHeaders } from '@altcontext/webhook-contract'
import type { Emitter } from '@altcontext/webhook-emitter'
import type { AlertOptionsResolved } from './alert-options.ts'
import { alertsContract } from './alerts-contract.ts'
import type { SendAlert } from './send-alert.ts'

/** An emitter needs a key for its receiver. Receivers of alerts do not have our key, so the header is removed again. */
const noKey = 'no-key-goes-with-an-alert'

/**
 * Sends with an emitter of its own: signature, retries after 1, 5 and 30 seconds and `Retry-After` are those of every webhook. The
 * table of alerts keeps what could not be sent; the emitter does not.
 */
export const sendByWebhook = async (
  { url, signingSecret }: NonNullable<AlertOptionsResolved['webhook']>,
  now: () => number,
): Promise<SendAlert> => {
  // A host without alerts does not load it.
  const { createEmitter } = await import('@altcontext/webhook-emitter')
  const emitter: Emitter<typeof alertsContract> = createEmitter({
    url,
    signingSecret,
    adminKey: noKey,
    contract: alertsContract,
    // Receivers of alerts do not know batches.
    batch: { maxEvents: 1 },
    fetch: acceptAnySuccess,
    // The worker reports what goes wrong, once.
    logger: silent,
    now,
  })
  return {
    send: async ({ message: { id, moment, endedAt, startedAt }, payload, tenantId }) => {
      const common = { ...payload, tenantId }
      const outcome =
        moment === 'end' && endedAt !== null
          ? await emitter.deliver(
              'alert.ended',
              { ...common, endedAt: endedAt.toISOString() },
              { eventId: id, occurredAt: endedAt },
            )
          : await emitter.deliver('alert.started', common, { eventId: id, occurredAt: startedAt })
      if ('detail' in outcome) return outcome.detail
      return outcome.status === 'dropped' ? outcome.reason : undefined
    },
    close: async () => {
      await emitter.close({ timeoutMs: 0 })
    },
  }
}

const acceptAnySuccess: typeof fetch = async (input, init) => {
  const request = new Request(input, init)
  const id = request.headers.get(webhookHeaders.id)
  request.headers.delete(webhookHeaders.adminKey)
  const response = await fetch(request)
  if (!response.ok) return response
  await response.body?.cancel()
  return Response.json({ ok: true, eventId: id })
}

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
