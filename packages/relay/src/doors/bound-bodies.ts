import { refuse } from '@altcontext/webhook-contract'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** How much of all requests together may be read at once. A relay is small; producers that get 503 try again. */
const maxBodies = 64
const maxBodyBytes = 32 * 1024 * 1024

/** Refuses bodies before they are read, while those being read are too many or too large together. */
export const boundBodies = (bodyLimit: number) => {
  let bodies = 0
  let bytes = 0
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const length = Number(request.headers['content-length'] ?? bodyLimit)
    // A body that is too long is refused without being read.
    const size = Number.isSafeInteger(length) && length <= bodyLimit ? length : 0
    if (bodies >= maxBodies || bytes + size > maxBodyBytes) {
      return refuse(reply.headers({ 'retry-after': '1', connection: 'close' }), 'overloaded')
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
