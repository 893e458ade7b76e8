import type { Server } from 'node:http'
import { wrongKeyLimitOf } from '@altcontext/webhook-contract'
import { leadScopeFor, StoreError } from '@altcontext/webhook-store'
import type { FastifyError, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import { createBodiesInFlight } from '../limits/bodies-in-flight.ts'
import { maxCompletenessBodyBytes } from '../receiving/receive-completeness.ts'
import { createWebhookIntake, type WebhookRequest } from '../receiving/receive-webhook.ts'
import { traceReceive } from '../receiving/trace-receive.ts'
import { refuse, type WebhookResponse } from '../receiving/webhook-response.ts'
import { withDeadline } from '../receiving/with-deadline.ts'
import { createRefusalReporter } from '../refusals/refusal-reporter.ts'
import { resolveWebhookReceiverOptions, type WebhookReceiverOptions } from '../webhook-receiver-options.ts'
import { holdContinue, sayContinue } from './hold-continue.ts'
import { createRouteSchemas } from './route-schemas.ts'
import { createSharedLimitWarning } from './shared-limit-warning.ts'
import { warnOfLoggedParameters } from './warn-of-logged-parameters.ts'
import { warnOfOpenServer } from './warn-of-open-server.ts'

const plugin: FastifyPluginAsync<WebhookReceiverOptions> = async (fastify, rawOptions) => {
  const options = resolveWebhookReceiverOptions(rawOptions)
  const path = `${fastify.prefix}${options.path}`
  const intake = createWebhookIntake(
    options,
    `${options.propertyId}:${path}`,
    wrongKeyLimitOf(fastify.server, {
      settings: rawOptions.wrongKeyRateLimit && options.wrongKeyRateLimit,
      now: options.now,
    }),
    createSharedLimitWarning(fastify.log, options.now),
  )
  const reporter = createRefusalReporter(options)
  const schemas = createRouteSchemas(fastify, options.contract, { isSigned: options.signingKeys.length > 0 })

  const bodies = createBodiesInFlight({ maxBodies: 1000, maxBytes: 33_554_432 })
  warnOfOpenServer(fastify.server as Server, fastify.log)
  const { database } = rawOptions
  // Not awaited: an unavailable or slow database must not keep the server from starting.
  let looked: Promise<void> | undefined
  fastify.addHook('onReady', async () => {
    looked = database && warnOfLoggedParameters(database, fastify.log)
  })

  // This scope is the plugin's own: the host's parsers and its error handler stay as they are.
  fastify.removeAllContentTypeParsers()
  fastify.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))

  const { leadScope } = options
  const scopeOf = (request: FastifyRequest) =>
    typeof leadScope === 'function' ? () => leadScopeFor(leadScope, request) : undefined

  const send = (request: FastifyRequest, reply: FastifyReply, response: WebhookResponse): FastifyReply => {
    reporter.report(response, {
      endpoint: request.routeOptions.url ?? path,
      log: request.log,
      leadScope: typeof leadScope === 'object' ? () => leadScope : scopeOf(request),
    })
    return reply.code(response.statusCode).headers(response.headers).send(response.body)
  }

  fastify.setErrorHandler((error: FastifyError, request, reply) => {
    const response = refuseByParserError(error)
    // The host responds to what its own hooks throw.
    if (response === undefined) throw error
    return send(request, reply, response)
  })

  const addRoute = (kind: WebhookRequest['kind'], url: string, maxBytes: number): void => {
    const takeRoom = (request: FastifyRequest, reply: FastifyReply): WebhookResponse | undefined => {
      const announced = request.headers['content-length']
      const giveBack = bodies.take(announced === undefined ? maxBytes : Number(announced))
      if (giveBack === undefined) return refuse('overloaded', { retryAfterMs: 1000 })
      reply.raw.once('close', giveBack)
      return undefined
    }
    const read = (request: FastifyRequest): WebhookRequest => ({
      kind,
      headers: request.headers,
      address: options.clientAddress(request),
      leadScope: scopeOf(request),
    })
    fastify.route({
      method: 'POST',
      url,
      bodyLimit: maxBytes,
      schema: schemas[kind],
      // The schema is documentation; the contract validates, and responses are small.
      validatorCompiler: () => () => true,
      serializerCompiler: () => JSON.stringify,
      // The host's @fastify/rate-limit, if there is one, must not count these requests as well.
      config: { rateLimit: false },
      onRequest: (request, reply, done) => {
        const proceed = (response: WebhookResponse | undefined): void => {
          const refusal = response ?? takeRoom(request, reply)
          if (refusal === undefined) {
            sayContinue(request.raw, reply.raw)
            done()
            return
          }
          if (leavesBodyUnread(request)) reply.header('connection', 'close')
          send(request, reply, refusal)
        }
        const response = intake.admit(read(request))
        if (response instanceof Promise) response.then(proceed, done)
        else proceed(response)
      },
      handler: async (request, reply) => {
        const left = kind === 'reconcile' ? leavingOf(reply) : undefined
        const webhook = { ...read(request), left }
        const body = request.body instanceof Uint8Array ? request.body : new Uint8Array()
        const response = await traceReceive(webhook, `${fastify.prefix}${url}`, () =>
          intake.receive(webhook, body),
        )
        // Nobody was refused, and nobody is waiting for a response.
        if (left?.aborted) return reply.hijack()
        return send(request, reply, response)
      },
    })
    holdContinue(fastify.server as Server, `${fastify.prefix}${url}`)
  }
  addRoute('single', options.path, options.maxBodyBytes)
  addRoute('batch', `${options.path}/batch`, options.maxBatchBodyBytes)
  addRoute('verify', `${options.path}/verify`, options.maxBodyBytes)
  if (options.completeness !== undefined) {
    addRoute('reconcile', `${options.path}/reconcile`, maxCompletenessBodyBytes)
    addRoute('heartbeat', `${options.path}/heartbeat`, maxCompletenessBodyBytes)
  }

  // Neither a database that does not respond nor a hook that never ends may keep the server from stopping.
  fastify.addHook('onClose', async () => {
    const ends = [intake.close(), reporter.settled(), looked ?? Promise.resolve()]
    await Promise.all(ends.map((end) => withDeadline(end, options.writeTimeoutMs).catch(() => {})))
  })
}

/**
 * Receives webhooks in a Fastify 5 server: `POST <path>` for one event, `POST <path>/batch` for up to 500,
 * `POST <path>/verify` for a sender that asks whether its key and signature are valid, and, if given a `database`,
 * `POST <path>/reconcile` and `POST <path>/heartbeat` (docs/completeness.md).
 * Everything it sets up stays in its own scope, so it can be registered several times, with a `prefix` if need be.
 *
 * @throws {ReceiverError} `invalid_options`, while the server gets ready, naming every problem.
 *
 * @example
 * app.register(webhookReceiver, { database: fromPg(pool), adminKeys: process.env.ADMIN_API_KEY })
 */
export const webhookReceiver: FastifyPluginAsync<WebhookReceiverOptions> = fastifyPlugin(plugin, {
  name: '@altcontext/webhook-receiver',
  fastify: '5.x',
  encapsulate: true,
})

/** Aborts when the client leaves before it got its response. The response tells: a request closes as soon as it was read to its end. */
const leavingOf = ({ raw }: FastifyReply): AbortSignal => {
  const leaving = new AbortController()
  raw.once('close', () => {
    if (raw.writableFinished) return
    leaving.abort(new StoreError('report_too_slow', 'Failed to compare ids: the client has left.'))
  })
  return leaving.signal
}

const refuseByParserError = ({ code, statusCode }: FastifyError): WebhookResponse | undefined => {
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return refuse('payload_too_large')
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return refuse('unsupported_media_type')
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
    case 'ECONNRESET':
      return statusCode === 400
        ? refuse('invalid_request', { issues: [{ path: '', message: 'Expected the whole body' }] })
        : undefined
    default:
      return undefined
  }
}

// Node would read and discard the rest of a body that nobody wants, for as long as its sender cares to send. HTTP/2
// has streams for that.
const leavesBodyUnread = ({ headers, raw }: FastifyRequest): boolean =>
  raw.httpVersionMajor === 1 &&
  (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0)
