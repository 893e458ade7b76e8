import {
  type AnyContract,
  contractLimits,
  descriptionServiceContract,
  errorBody,
  refuse,
  responseCodeOfStatus,
} from '@altcontext/webhook-contract'
import {
  type AttemptReport,
  createEmitter,
  createFailureLog,
  type DrainReport,
  type EmitterHealth,
  type EventTransport,
  type FailureLog,
  isEmitterError,
  type Outbox,
} from '@altcontext/webhook-emitter'
import fastify, { type FastifyError, type FastifyInstance, LogController } from 'fastify'
import type { Logger } from 'pino'
import { openOutbox } from './cli/outbox-location.ts'
import { createLogger } from './create-logger.ts'
import { demandToken, type TokenCheck } from './doors/demand-token.ts'
import { listenOnSocket } from './doors/listen-on-socket.ts'
import { readJson } from './doors/read-json.ts'
import { refuseBrowsers } from './doors/refuse-browsers.ts'
import { addIntakeRoute } from './intake/intake-route.ts'
import { createRelayMetrics, type RelayMetrics } from './relay-metrics.ts'
import type { RelayOptions } from './relay-options.ts'

export interface Relay {
  /** Where it takes events: `http://127.0.0.1:4600`, or `http://unix:/run/webhook-relay.sock:`. */
  url: string
  /** Takes no more events, delivers what it can within `shutdownTimeoutMs`, and leaves the rest in the outbox. */
  close(): Promise<DrainReport>
}

/**
 * Starts a relay: HTTP intake, durable outbox, delivery over HTTP or by `transport`.
 *
 * @throws {EmitterError} `outbox_in_use`, `outbox_failed`; {RelayError} `invalid_options`, for a path that is not a socket, or is in use
 */
export const createRelay = async (
  options: RelayOptions,
  {
    contract = descriptionServiceContract,
    logger = createLogger(options.logLevel),
    transport,
  }: { contract?: AnyContract; logger?: Logger; transport?: EventTransport | undefined } = {},
): Promise<Relay> => {
  const { outbox, close } = await openOutbox(options.outbox, {
    contract,
    maxEvents: options.maxEvents,
    maxAgeMs: options.maxAgeMs,
    logRetentionMs: options.logRetentionMs,
    deadRetentionMs: options.deadRetentionMs,
    deadPrivateFieldsMs: options.deadPrivateFieldsMs,
  })
  const { url = '', adminKey = '', signingSecret } = options
  const shared = {
    signingSecret,
    contract,
    outbox,
    logger,
    onAttempt: (report: AttemptReport) => metrics.noteAttempt(report),
  }
  const emitter =
    transport === undefined
      ? createEmitter({ ...shared, url, adminKey })
      : createEmitter({ ...shared, url: options.url, adminKey: options.adminKey, transport })
  const metrics = createRelayMetrics(() => emitter.stats())

  const failures = createFailureLog((details) => logger.error(details, 'The outbox failed'))

  const server = fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: contractLimits.maxBatchBodyBytes,
    forceCloseConnections: 'idle',
    // A stranger that sends a byte now and then cannot keep a connection.
    requestTimeout: 30_000,
    http: { headersTimeout: 10_000, connectionsCheckingInterval: 2000 },
  }) as unknown as FastifyInstance
  server.server.maxConnections = maxConnections
  refuseBrowsers(server, { anyName: options.token !== undefined || options.socket !== undefined })
  readJson(server)
  const checkToken = demandToken(options.token)
  const requestFailures = createFailureLog((details) => logger.error(details, 'A request failed'))
  server.setErrorHandler((error: FastifyError, _request, reply) => {
    const code = responseCodeOfStatus(error.statusCode ?? 500)
    if (code === 'internal_error') requestFailures.note(error)
    return refuse(reply, code, code === 'invalid_request' ? notJson : undefined)
  })
  server.setNotFoundHandler((_request, reply) => refuse(reply, 'not_found'))
  addIntakeRoute(server, { contract, outbox, failures, checkToken, onAccepted: metrics.noteIntake })
  addStatusRoutes(server, {
    stats: emitter.stats,
    health: emitter.health,
    outbox,
    kind: options.outbox.kind,
    failures,
    metrics,
    checkToken,
  })

  const stop = async (): Promise<DrainReport> => {
    const startMs = performance.now()
    const { shutdownTimeoutMs } = options
    // Requests under way get their response; connections that have sent half a request, or nothing, are not waited for.
    const impatience = setTimeout(() => server.server.closeAllConnections(), shutdownTimeoutMs / 4)
    await server.close()
    clearTimeout(impatience)
    const leftMs = Math.max(1, Math.round(shutdownTimeoutMs - (performance.now() - startMs)))
    const report = await emitter.close({ timeoutMs: leftMs })
    await close()
    failures.flush()
    requestFailures.flush()
    return report
  }
  try {
    const url =
      options.socket === undefined
        ? await server.listen({ host: options.host, port: options.port })
        : await listenOnSocket(server, options.socket)
    let stopping: Promise<DrainReport> | undefined
    return {
      url,
      close() {
        stopping ??= stop()
        return stopping
      },
    }
  } catch (error) {
    await stop()
    throw error
  }
}

const maxConnections = 1000

interface StatusContext {
  stats: () => object
  health: () => EmitterHealth
  outbox: Outbox
  kind: string
  failures: FailureLog
  metrics: RelayMetrics
  checkToken: TokenCheck
}

const addStatusRoutes = (
  server: FastifyInstance,
  { stats, health, outbox, kind, failures, metrics, checkToken }: StatusContext,
): void => {
  const startMs = performance.now()
  server.get('/healthz', async (_request, reply) => {
    try {
      await outbox.check?.()
    } catch (error) {
      failures.note(error, { operation: 'check' })
      return reply.code(503).send({ ...errorBody('outbox_failed'), reason: reasonOf(error) })
    }
    const { status, ...pause } = health()
    return status === 'ok'
      ? { ok: true }
      : reply.code(503).send({ ok: false, error: 'sender_paused', ...pause })
  })
  server.get('/stats', { onRequest: checkToken }, async () => ({
    ok: true,
    outbox: kind,
    uptimeSeconds: Math.round((performance.now() - startMs) / 1000),
    counts: stats(),
  }))
  server.get('/metrics', { onRequest: checkToken }, async (_request, reply) => {
    const { contentType, text } = await metrics.render()
    return reply.type(contentType).send(text)
  })
}

const reasonOf = (error: unknown): string | undefined => (isEmitterError(error) ? error.reason : undefined)

const notJson = [{ path: '', message: 'Expected JSON' }]
