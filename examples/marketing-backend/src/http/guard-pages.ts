import type { FastifyInstance } from 'fastify'

/**
 * Adds a content security policy to every response of a scope: its pages load nothing from elsewhere, run nothing inline and
 * cannot be shown in a frame.
 */
export const guardPages = (scope: FastifyInstance): void => {
  const headers = {
    'content-security-policy': [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self' data:",
      "font-src 'self' data:",
      "connect-src 'self'",
      "form-action 'self'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  }
  scope.addHook('onRequest', async (_request, reply) => {
    reply.headers(headers)
  })
}
