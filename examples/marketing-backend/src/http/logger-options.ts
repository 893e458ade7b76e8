import type { FastifyError, FastifyRequest, FastifyServerOptions } from 'fastify'
import { withoutAddress } from './fields.ts'

/** Where log lines go; standard output unless told. */
export interface LogStream {
  write(line: string): void
}

/**
 * Log lines without anything personal: no address of a client, no query, no credentials, and the fields that
 * the host's redaction covers.
 */
export const loggerOptions = (level: string, stream?: LogStream): FastifyServerOptions['logger'] => ({
  level,
  ...(stream && { stream }),
  redact: {
    paths: [
      'req.headers.authorization',
      'req.headers.cookie',
      'req.headers["x-admin-key"]',
      'res.headers["set-cookie"]',
      'req.body.email',
      'req.body.payload',
    ],
    censor: '[redacted]',
  },
  serializers: {
    req: (request: FastifyRequest) => ({
      method: request.method,
      url: withoutAddress(request.url?.split('?', 1)[0] ?? ''),
    }),
    // A database's error carries the values it refused in `detail` and `where`.
    err: (error: FastifyError) => ({
      type: error.name,
      code: error.code,
      message: withoutAddress(error.message),
      stack: withoutAddress(error.stack ?? ''),
    }),
  },
})
