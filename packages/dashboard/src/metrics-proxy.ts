import { type ResponseCode, webhookHeaders } from '@altcontext/webhook-contract'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ResolvedDashboardOptions } from './dashboard-options.ts'
import { refuse } from './session-routes.ts'

const reports = ['service-usage', 'channels', 'tenants', 'bridge'] as const

/**
 * `GET api/<report>` and `GET api/<report>.csv`: the public metrics routes, asked inside the process with the
 * admin key, so that the browser never holds it. The query and the response pass unchanged.
 */
export const metricsProxy = (
  app: FastifyInstance,
  options: ResolvedDashboardOptions,
  adminKeyOf: (request: FastifyRequest) => string | undefined,
): void => {
  const unlimited = { config: { rateLimit: false as const } }
  for (const report of reports) {
    app.get(`/${report}`, unlimited, (request, reply) =>
      forward(app, options, {
        report,
        adminKey: adminKeyOf(request),
        accept: 'application/json',
        request,
        reply,
      }),
    )
    if (report === 'bridge') continue
    app.get(`/${report}.csv`, unlimited, (request, reply) => {
      reply.header('content-disposition', `attachment; filename="${report}.csv"`)
      return forward(app, options, {
        report,
        adminKey: adminKeyOf(request),
        accept: 'text/csv',
        request,
        reply,
      })
    })
  }
}

interface Forwarded {
  report: (typeof reports)[number]
  adminKey: string | undefined
  accept: string
  request: FastifyRequest
  reply: FastifyReply
}

const forward = async (
  app: FastifyInstance,
  { authorize, metricsPath }: ResolvedDashboardOptions,
  { report, adminKey, accept, request, reply }: Forwarded,
) => {
  const query = request.url.includes('?') ? request.url.slice(request.url.indexOf('?')) : ''
  const answer = await app.inject({
    method: 'GET',
    url: `${metricsPath}/${report}${query}`,
    headers: {
      // Where the host decides who looks, it may have to decide for the metrics again, and for whom.
      ...(authorize && viewersOwn(request.headers)),
      accept,
      ...(adminKey !== undefined && { [webhookHeaders.adminKey]: adminKey }),
    },
    remoteAddress: request.ip,
  })
  const problem = problemOf(answer.statusCode)
  if (problem !== undefined) {
    reply.removeHeader('content-disposition')
    request.log.error(
      { metricsStatus: answer.statusCode, report },
      'the metrics routes did not answer the dashboard',
    )
    return refuse(reply, problem)
  }
  if (answer.statusCode !== 200) reply.removeHeader('content-disposition')
  for (const name of ['content-type', 'retry-after'] as const) {
    const value = answer.headers[name]
    if (value !== undefined) reply.header(name, value)
  }
  return reply.code(answer.statusCode).send(answer.rawPayload)
}

/** Headers that say who looks, without those about the response's form or the connection. */
const viewersOwn = (headers: FastifyRequest['headers']): FastifyRequest['headers'] =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !ofTheConnection.test(name)))

const ofTheConnection =
  /^(accept|accept-.*|if-.*|range|content-.*|transfer-encoding|connection|keep-alive|upgrade|te|trailer|expect|sec-fetch-.*)$/

// What the viewer cannot help: passed on as it is, a 401 would look like the end of the session.
const problemOf = (statusCode: number): ResponseCode | undefined => {
  if (statusCode === 401 || statusCode === 403) return 'metrics_unauthorized'
  if (statusCode === 404) return 'metrics_not_mounted'
  return undefined
}
