import type { FastifyReply, FastifyRequest } from 'fastify'

/** How much may be read at once, of all requests together. A relay is small; producers that are told 503 come again. */
const maxBodies = 64
const maxBodyBytes = 32 * 1024 * 1024

/** Refuses bodies, before they are read, while those under way are too many or too large together. */
export const boundBodies = (bodyLimit: number) => {
  let bodies = 0
  let bytes = 0
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const length = Number(request.headers['content-length'] ?? bodyLimit)
    // What is too long is refused without being read.
    const size = Number.isSafeInteger(length) && length <= bodyLimit ? length : 0
    if (bodies >= maxBodies || bytes + size > maxBodyBytes) {
      return reply
        .code(503)
        .headers({ 'retry-after': '1', connection: 'close' })
        .send({ ok: false, error: 'overloaded' })
    }
    bodies += 1
    bytes += size
    reply.raw.once('close', () => {
      bodies -= 1
      bytes -= size
    })
    return undefined
  }
}
