import { type ResponseCode, webhookHeaders } from '@altcontext/webhook-contract'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ResolvedDashboardOptions } from './dashboard-options.ts'
import { refuse } from './session-routes.ts'

const reports = ['service-usage', 'channels', 'tenants', 'bridge'] as const

/**
 * `GET api/<report>` and `GET api/<report>.csv`: the public metrics routes, asked inside the process with the
 * admin key, so that the browser never holds it. The query and the answer pass unchanged.
 */
export const metricsProxy = (app: FastifyInstance, options: ResolvedDashboardOptions): void => {
  // The metrics routes count these requests against their own limit, under the viewer's address.
  const unlimited = { config: { rateLimit: false as const } }
  for (const report of reports) {
    app.get(`/${report}`, unlimited, (request, reply) =>
      forward(app, options, { report, accept: 'application/json', request, reply }),
    )
    if (report === 'bridge') continue
    app.get(`/${report}.csv`, unlimited, (request, reply) => {
      reply.header('content-disposition', `attachment; filename="${report}.csv"`)
      return forward(app, options, { report, accept: 'text/csv', request, reply })
    })
  }
}

interface Forwarded {
  report: (typeof reports)[number]
  accept: string
  request: FastifyRequest
  reply: FastifyReply
}

const forward = async (
  app: FastifyInstance,
  { adminKeys, metricsPath }: ResolvedDashboardOptions,
  { report, accept, request, reply }: Forwarded,
) => {
  const query = request.url.includes('?') ? request.url.slice(request.url.indexOf('?')) : ''
  const answer = await app.inject({
    method: 'GET',
    url: `${metricsPath}/${report}${query}`,
    headers: { accept, [webhookHeaders.adminKey]: adminKeys[0] ?? '' },
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

// What the viewer cannot help: passed on as it is, a 401 would look like the end of the session.
const problemOf = (statusCode: number): ResponseCode | undefined => {
  if (statusCode === 401 || statusCode === 403) return 'metrics_unauthorized'
  if (statusCode === 404) return 'metrics_not_mounted'
  return undefined
}
