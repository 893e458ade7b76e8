import { createKeyCheck, createWrongKeyLimit } from '@altcontext/webhook-contract'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** Whether a request may go on; when not, it has been answered. */
export type TokenCheck = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined>

/**
 * Demands `Authorization: Bearer` before a body is read, when there is a token. Ten wrong ones a minute are answered 401,
 * more 429; the right one is never locked out.
 */
export const demandToken = (token: string | undefined): TokenCheck => {
  const passes = createKeyCheck(token === undefined ? [] : [`Bearer ${token}`])
  const wrong = createWrongKeyLimit({ max: 10, timeWindowMs: 60_000 }, () => performance.now())
  return async (request, reply) => {
    if (token === undefined || passes(request.headers.authorization)) return undefined
    // The body that follows is nobody's: without this it would be read to its end.
    reply.header('connection', 'close')
    const { isAllowed, retryAfterMs } = wrong.take(request.ip ?? 'unix')
    if (isAllowed) return reply.code(401).send({ ok: false, error: 'unauthorized' })
    return reply
      .code(429)
      .header('retry-after', String(Math.ceil(retryAfterMs / 1000)))
      .send({ ok: false, error: 'rate_limited' })
  }
}
