import { createHash, timingSafeEqual } from 'node:crypto'
import { wrongKeyLimitOf } from '@altcontext/webhook-contract'
import type { FastifyRequest } from 'fastify'
import { RequestError } from './request-error.ts'

const digest = (text: string) => createHash('sha256').update(text).digest()

/** A hook that lets only requests with the right `x-admin-key` pass; compared in constant time. */
export const requireAdminKey = (adminApiKey: string | undefined) => {
  const expected = adminApiKey === undefined ? undefined : digest(adminApiKey)
  return async (request: FastifyRequest): Promise<void> => {
    if (expected === undefined) throw new RequestError('admin_auth_not_configured')
    const given = request.headers['x-admin-key']
    if (typeof given !== 'string' || !timingSafeEqual(digest(given), expected)) {
      const { isAllowed } = wrongKeyLimitOf(request.server.server).take(request.ip)
      throw new RequestError(isAllowed ? 'unauthorized' : 'rate_limited')
    }
  }
}
