import { type AnyContract, contractLimits, refuse, webhookHeaders } from '@altcontext/webhook-contract'
import { type FailureLog, isTraceparent, type Outbox, startEmitSpan } from '@altcontext/webhook-emitter'
import type { FastifyInstance } from 'fastify'
import { boundBodies } from '../doors/bound-bodies.ts'
import type { TokenCheck } from '../doors/demand-token.ts'
import { readEvents } from './read-events.ts'

export interface IntakeOptions {
  contract: AnyContract
  outbox: Outbox
  checkToken: TokenCheck
  failures: FailureLog
  onAccepted(events: number): void
}

/** `POST /events`: 202 says that the events are as safe as the outbox can make them, and nothing else does. */
export const addIntakeRoute = (server: FastifyInstance, options: IntakeOptions): void => {
  const { contract, outbox, checkToken, failures } = options

  server.post(
    '/events',
    {
      bodyLimit: contractLimits.maxBatchBodyBytes,
      // Before the body is read.
      onRequest: [checkToken, boundBodies(contractLimits.maxBatchBodyBytes)],
    },
    async (request, reply) => {
      const read = readEvents(contract, request.body, request.headers[webhookHeaders.id])
      if ('issues' in read) return refuse(reply, 'invalid_request', read.issues)
      const traceparent = traceparentOf(request.headers.traceparent)
      try {
        const acceptances = await Promise.all(
          read.events.map(async (given) => {
            const { event, end } = startEmitSpan({ ...given, ...traceparent })
            try {
              const acceptance = await outbox.accept(event)
              end(acceptance.status)
              return acceptance
            } catch (error) {
              end('outbox_failed')
              throw error
            }
          }),
        )
        // The events of a batch that were taken stay taken; sent again, they are recognised by their ids.
        const reasons = acceptances.flatMap((taken) => (taken.status === 'dropped' ? [taken.reason] : []))
        const passing = reasons.find((reason) => reason !== 'expired')
        if (passing !== undefined) {
          return reply.code(503).headers(retryLater).send({ ok: false, error: passing })
        }
        // It does not get younger by waiting.
        if (reasons.length > 0) return refuse(reply, 'expired')
      } catch (error) {
        failures.note(error, { operation: 'accept' })
        return refuse(reply.headers(retryLater), 'outbox_failed')
      }
      options.onAccepted(read.events.length)
      const ids = read.events.map(({ id }) => id)
      return reply.code(202).send(read.isBatch ? { ok: true, eventIds: ids } : { ok: true, eventId: ids[0] })
    },
  )
}

const retryLater = { 'retry-after': '5' }

const traceparentOf = (header: unknown): { traceparent?: string } =>
  typeof header === 'string' && isTraceparent(header) ? { traceparent: header } : {}
