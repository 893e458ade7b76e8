import { Transform } from 'node:stream'
import { text } from 'node:stream/consumers'
import { type ResponseCode, refuse, webhookHeaders } from '@altcontext/webhook-contract'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ResolvedDashboardOptions } from './dashboard-options.ts'
import type { Guard, Viewer } from './session-routes.ts'

const reports = [
  'service-usage',
  'channels',
  'cohorts',
  'tenants',
  'events',
  'restatements',
  'bridge',
  'notes',
  'saved-views',
] as const
/** What viewers write for each other. Somebody with a shared link can only read it. */
const written = ['notes', 'saved-views'] as const
/** Reports that also exist for a single channel or tenant, named in the path. */
const reportsOfOne = ['channels', 'tenants'] as const
const csvReports = ['service-usage', 'channels', 'cohorts', 'tenants'] as const

interface ProxyContext {
  options: ResolvedDashboardOptions
  viewerOf: Guard
  /** The viewer of a request that the guard has let through. */
  viewers: WeakMap<FastifyRequest, Viewer>
}

/**
 * `GET api/<report>`, `GET api/<report>.csv`, `GET api/channels/<name>`, `GET api/tenants/<id>`, notes and saved views to write, and the
 * live stream of `GET api/events`: the public metrics routes, requested inside the process with the admin key, so that the browser never
 * holds it. The query and the response pass unchanged; the inner request ends when the browser leaves.
 */
export const metricsProxy = (app: FastifyInstance, context: ProxyContext): void => {
  const unlimited = { config: { rateLimit: false as const } }
  for (const report of reports) {
    app.get(`/${report}`, unlimited, (request, reply) => {
      const isLive = report === 'events' && request.headers.accept === 'text/event-stream'
      return isLive
        ? forwardStream(app, context, { report, accept: 'text/event-stream', request, reply })
        : forward(app, context, { report, request, reply })
    })
  }
  for (const report of csvReports) {
    app.get(`/${report}.csv`, unlimited, (request, reply) => {
      reply.header('content-disposition', `attachment; filename="${report}.csv"`)
      return forward(app, context, { report, accept: 'text/csv', request, reply })
    })
  }
  const write = (forwarded: Forwarded) =>
    context.viewers.get(forwarded.request)?.shared
      ? refuse(forwarded.reply, 'forbidden')
      : forward(app, context, forwarded)
  for (const report of written) {
    app.post(`/${report}`, { ...unlimited, bodyLimit: 16_384 }, (request, reply) =>
      write({ report, method: 'POST', request, reply }),
    )
    app.delete<{ Params: { id: string } }>(`/${report}/:id`, unlimited, (request, reply) =>
      write({ report: oneOf(report, request.params.id), method: 'DELETE', request, reply }),
    )
  }
  for (const report of reportsOfOne) {
    app.get<{ Params: { '*': string } }>(`/${report}/*`, unlimited, (request, reply) =>
      forward(app, context, { report: oneOf(report, request.params['*']), request, reply }),
    )
  }
}

const oneOf = (report: string, id: string): string => `${report}/${encodeURIComponent(id)}`

interface Forwarded {
  /** The path below `metricsPath`. */
  report: string
  /** @default 'application/json' */
  accept?: string
  /** @default 'GET' */
  method?: 'GET' | 'POST' | 'DELETE'
  request: FastifyRequest
  reply: FastifyReply
}

const innerRequest = (
  { options: { authorize, metricsPath }, viewers }: ProxyContext,
  { report, accept = 'application/json', method = 'GET', request }: Forwarded,
  signal: AbortSignal,
) => {
  const adminKey = viewers.get(request)?.adminKey
  const { 'last-event-id': lastEventId } = request.headers
  const query = request.url.includes('?') ? request.url.slice(request.url.indexOf('?')) : ''
  return {
    method,
    ...(method === 'POST' && { payload: request.body as object }),
    url: `${metricsPath}/${report}${query}`,
    headers: {
      // Where the host decides who may look, it may have to decide again for the metrics, and for which customer.
      ...(authorize && viewersOwn(request.headers)),
      accept,
      // Where a stream that broke off continues.
      ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
      ...(adminKey !== undefined && { [webhookHeaders.adminKey]: adminKey }),
    },
    remoteAddress: request.ip,
    signal,
  } as const
}

const forward = async (app: FastifyInstance, context: ProxyContext, forwarded: Forwarded) => {
  const { report, reply } = forwarded
  const signal = leavingOf(reply)
  const response = await unlessLeft(signal, app.inject(innerRequest(context, forwarded, signal)))
  if (response === undefined) return reply.hijack()
  const problem = problemOf(response.statusCode, report)
  if (problem !== undefined) {
    reply.removeHeader('content-disposition')
    return refuseFor(forwarded, response.statusCode, problem)
  }
  if (response.statusCode !== 200) reply.removeHeader('content-disposition')
  for (const name of ['content-type', 'retry-after', 'x-total-count'] as const) {
    const value = response.headers[name]
    if (value !== undefined) reply.header(name, value)
  }
  return reply.code(response.statusCode).send(response.rawPayload)
}

/** The same for a stream, which has no end of its own: it is passed on as it comes, while the viewer may still look. */
const forwardStream = async (app: FastifyInstance, context: ProxyContext, forwarded: Forwarded) => {
  const { request, reply } = forwarded
  const signal = leavingOf(reply)
  const inner = { ...innerRequest(context, forwarded, signal), payloadAsStream: true } as const
  const response = await unlessLeft(signal, app.inject(inner))
  if (response === undefined) return reply.hijack()
  const stream = response.stream()
  if (response.statusCode !== 200) {
    const body = await text(stream)
    const problem = problemOf(response.statusCode, forwarded.report)
    if (problem !== undefined) return refuseFor(forwarded, response.statusCode, problem)
    return reply.code(response.statusCode).type('application/json; charset=utf-8').send(body)
  }
  const end = () => {
    stream.destroy()
    response.raw.res.destroy()
  }
  signal.addEventListener('abort', end)
  // A heartbeat comes every three seconds: a session that is over sees events for no longer than that.
  const whileViewing = new Transform({
    transform: (chunk, _encoding, done) => {
      context.viewerOf(request).then((viewer) => {
        if (viewer === undefined) {
          end()
          whileViewing.end()
          return done()
        }
        return done(null, chunk)
      }, done)
    },
  })
  stream.on('error', () => whileViewing.end())
  // With this comment the headers go out before there is any event.
  whileViewing.write(':\n\n')
  return reply
    .headers({
      'content-type': 'text/event-stream',
      // A server that stops has no idle connection to wait for.
      connection: 'close',
      'x-accel-buffering': 'no',
    })
    .send(stream.pipe(whileViewing))
}

/** Aborts when the browser leaves before it got its response. */
const leavingOf = (reply: FastifyReply): AbortSignal => {
  const controller = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort()
  })
  return controller.signal
}

/** Undefined when nobody is waiting for the response any more. */
const unlessLeft = <Value>(leaving: AbortSignal, response: Promise<Value>): Promise<Value | undefined> =>
  response.catch((error: unknown) => {
    if (leaving.aborted) return undefined
    throw error
  })

const refuseFor = ({ report, request, reply }: Forwarded, metricsStatus: number, problem: ResponseCode) => {
  request.log.error({ metricsStatus, report }, 'the metrics routes refused the request of the dashboard')
  return refuse(reply, problem)
}

/** Headers that say who is looking, without those about the response's form or the connection. */
const viewersOwn = (headers: FastifyRequest['headers']): FastifyRequest['headers'] =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !ofTheConnection.test(name)))

const ofTheConnection =
  /^(accept|accept-.*|if-.*|range|content-.*|transfer-encoding|connection|keep-alive|upgrade|te|trailer|expect|sec-fetch-.*)$/

// Problems that the viewer cannot solve: passed on as it is, a 401 would look like the end of the session.
const problemOf = (statusCode: number, report: string): ResponseCode | undefined => {
  if (statusCode === 401 || statusCode === 403) return 'metrics_unauthorized'
  // For a single thing, such as a tenant, it means that it is not known.
  if (statusCode === 404 && !report.includes('/')) return 'metrics_not_mounted'
  return undefined
}
