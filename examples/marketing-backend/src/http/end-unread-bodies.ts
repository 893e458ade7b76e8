import type { FastifyInstance, FastifyRequest } from 'fastify'

/**
 * A response that is sent before the body was read ends the connection: otherwise Node would read the rest and throw it away, for as
 * long as its sender cares to send.
 */
export const endUnreadBodies = (app: FastifyInstance): void => {
  app.addHook('onSend', async (request, reply) => {
    if (request.body === undefined && isStillSending(request)) reply.header('connection', 'close')
  })
}

const isStillSending = ({ headers, raw }: FastifyRequest): boolean =>
  !raw.complete && (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0)
