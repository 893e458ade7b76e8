import { createKeyCheck, wrongKeyLimitOf } from '@altcontext/webhook-contract'
import type { FastifyRequest } from 'fastify'
import { RequestError } from './request-error.ts'

/** A hook that accepts only requests with one of the keys in `x-admin-key`, compared in constant time. */
export const requireAdminKey = (keys: readonly string[]) => {
  const isRightKey = createKeyCheck(keys)
  return async (request: FastifyRequest): Promise<void> => {
    if (keys.length === 0) throw new RequestError('admin_auth_not_configured')
    if (isRightKey(request.headers['x-admin-key'])) return
    const { isAllowed } = wrongKeyLimitOf(request.server.server).take(request.ip)
    throw new RequestError(isAllowed ? 'unauthorized' : 'rate_limited')
  }
}
