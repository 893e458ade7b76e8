import { randomUUID } from 'node:crypto'
import { PassThrough } from 'node:stream'
import {
  type BridgeResponse,
  bridgeResponseSchema,
  type ChannelsResponse,
  channelsResponseSchema,
  type ServiceUsageResponse,
  serviceUsageResponseSchema,
  type TenantsResponse,
  tenantsResponseSchema,
} from '@altcontext/webhook-metrics'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { bridgeResponse, restatementsResponse } from './stub/stub-bridge.ts'
import { channelResponse, channelsResponse, cohortsResponse } from './stub/stub-channels.ts'
import { eventsResponse } from './stub/stub-events.ts'
import { adminKey, type Query, shift, today } from './stub/stub-numbers.ts'
import { tenantResponse } from './stub/stub-tenant.ts'
import { tenantsResponse } from './stub/stub-tenants.ts'
import { usageResponse } from './stub/stub-usage.ts'

/** What a test may change in the stub's responses. */
export interface StubState {
  status: number
  /** A report that alone fails. */
  failing?: string
  usage?: (response: ServiceUsageResponse) => ServiceUsageResponse
  channels?: (response: ChannelsResponse) => ChannelsResponse
  tenants?: (response: TenantsResponse) => TenantsResponse
  bridge?: (response: BridgeResponse) => BridgeResponse
  /** The paths and queries of the requests so far. */
  requests: string[]
  /** Responses wait for it. */
  gate?: Promise<void>
}

/** A stream from which nothing comes. */
const quietStream = (): PassThrough => {
  const stream = new PassThrough()
  stream.write(':\n\n')
  return stream
}

export const stubMetrics = (app: FastifyInstance, state: StubState): void => {
  const windowOf = ({ from = shift(today, -29), to = today }: Query) => ({ from, to })

  const route = (name: string, respond: (query: Query) => unknown, csv?: (query: Query) => string) =>
    app.get(`/v1/metrics/${name}`, async (request: FastifyRequest, reply: FastifyReply) => {
      state.requests.push(request.url)
      await state.gate
      if (request.headers['x-admin-key'] !== adminKey) {
        return reply.code(401).send({ ok: false, error: 'unauthorized' })
      }
      if (state.failing === name) return reply.code(500).send({ ok: false, error: 'internal_error' })
      if (state.status !== 200) return reply.code(state.status).send({ ok: false, error: 'internal_error' })
      if (request.headers.accept === 'text/event-stream') {
        return reply.type('text/event-stream').send(quietStream())
      }
      if (csv && request.headers.accept === 'text/csv') {
        return reply.type('text/csv; charset=utf-8').send(csv(request.query as Query))
      }
      return respond(request.query as Query)
    })

  route(
    'service-usage',
    (query) => {
      const { from, to } = windowOf(query)
      const response = usageResponse(from, to, query.compareTo === 'true')
      return serviceUsageResponseSchema.parse(state.usage ? state.usage(response) : response)
    },
    () => 'day,scansCompleted\r\n',
  )
  route(
    'channels',
    (query) => {
      const { from, to } = windowOf(query)
      const response = channelsResponse(from, to)
      return channelsResponseSchema.parse(state.channels ? state.channels(response) : response)
    },
    () => 'channel,visitors\r\n',
  )
  route(
    'tenants',
    (query) => {
      const response = tenantsResponse(query)
      return tenantsResponseSchema.parse(state.tenants ? state.tenants(response) : response)
    },
    (query) =>
      [
        'tenantId,scansCompleted',
        ...tenantsResponse({ ...query, limit: '1000' }).tenants.map(
          (row) => `"${row.tenantId.replaceAll('"', '""')}",${row.scansCompleted}`,
        ),
      ].join('\r\n'),
  )
  route('events', eventsResponse)
  route('cohorts', cohortsResponse)
  route('restatements', restatementsResponse)
  for (const [name, list] of [
    ['notes', 'notes'],
    ['saved-views', 'views'],
  ] as const) {
    const kept: { id: string }[] = []
    route(name, () => ({ ok: true, [list]: kept }))
    app.post(`/v1/metrics/${name}`, async (request) => {
      const at = `${today}T14:00:00.000Z`
      const added = { id: randomUUID(), notedAt: at, savedAt: at, ...(request.body as object) }
      kept.push(added)
      return { ok: true, [list.slice(0, -1)]: added }
    })
    app.delete<{ Params: { id: string } }>(`/v1/metrics/${name}/:id`, async ({ params }) => {
      kept.splice(
        kept.findIndex(({ id }) => id === params.id),
        1,
      )
      return { ok: true }
    })
  }
  app.get('/v1/metrics/channels/*', (request) => {
    state.requests.push(request.url)
    const { '*': channel } = request.params as { '*': string }
    return channelResponse(channel, request.query as Query)
  })
  app.get('/v1/metrics/tenants/*', async (request, reply) => {
    state.requests.push(request.url)
    const { '*': tenantId } = request.params as { '*': string }
    const response = tenantResponse(tenantId, request.query as Query)
    return response ?? reply.code(404).send({ ok: false, error: 'not_found' })
  })
  route('bridge', () =>
    bridgeResponseSchema.parse(state.bridge ? state.bridge(bridgeResponse()) : bridgeResponse()),
  )
}
