import { createKeyCheck, createWrongKeyLimit, refuseWrongKey } from '@altcontext/webhook-contract'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** Whether a request may continue; if not, its response has been sent. */
export type TokenCheck = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined>

/**
 * Requires `Authorization: Bearer` before a body is read, if there is a token. Ten wrong ones per minute get 401, further
 * ones 429; the right one is never locked out.
 */
export const demandToken = (token: string | undefined): TokenCheck => {
  const passes = createKeyCheck(token === undefined ? [] : [`Bearer ${token}`])
  const wrong = createWrongKeyLimit({ max: 10, timeWindowMs: 60_000 }, () => performance.now())
  return async (request, reply) => {
    if (token === undefined || passes(request.headers.authorization)) return undefined
    // Nobody wants the body that follows: without this it would be read to its end.
    reply.header('connection', 'close')
    return refuseWrongKey(reply, wrong.take(request.ip ?? 'unix'))
  }
}
