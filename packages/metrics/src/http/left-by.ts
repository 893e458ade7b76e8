import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

const signals = new WeakMap<object, AbortSignal>()

/**
 * Aborts when the client leaves before it got its response.
 *
 * The response tells this, not the request: a request closes as soon as somebody has read it to its end, which a host's
 * middleware may do.
 */
export const watchLeaving = (fastify: FastifyInstance): void => {
  fastify.addHook('onRequest', async (request, reply) => void signalOf(request, reply))
}

/** Whether and when the client of a request has left, for a request of {@link watchLeaving}. */
export const leftBy = (request: FastifyRequest): AbortSignal => signals.get(request.raw) ?? never

const signalOf = (request: FastifyRequest, reply: FastifyReply): AbortSignal => {
  const controller = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort()
  })
  signals.set(request.raw, controller.signal)
  return controller.signal
}

const never = new AbortController().signal
