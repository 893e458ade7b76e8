import { refuse } from '@altcontext/webhook-contract'
import { fastifySSE } from '@fastify/sse'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { invalidRequest } from '../../metrics-error.ts'
import { followEvents } from '../../reads/follow-events.ts'
import { checkAfter, readEvents } from '../../reads/read-events.ts'
import { resolveWindow } from '../../reads/window.ts'
import { eventsResponseSchema, type StoredEvent } from '../../responses/events-response.ts'
import { eventsQuerySchema, parseQuery } from '../query.ts'
import { routeSchema } from '../route-schema.ts'
import type { RouteContext } from './route-context.ts'

// Proxies give up a connection on which nothing is sent for a minute, and clients do so after ten seconds.
const heartbeatMs = 3000
// Each one asks the database every second.
const maxStreams = 100

/** `GET /events`: pages as JSON, and the same events live for clients that accept `text/event-stream`. */
export const eventsRoutes = async (
  fastify: FastifyInstance,
  { options, databaseOf, mayRead, config }: RouteContext,
): Promise<void> => {
  await fastify.register(fastifySSE, { heartbeatInterval: heartbeatMs })
  const streams = new Map<AbortController, Promise<void>>()
  // A stream has no end of its own: the server would wait for it.
  fastify.addHook('preClose', async () => {
    for (const stream of streams.keys()) stream.abort()
    await Promise.all(streams.values())
  })

  const follow = async (request: FastifyRequest, reply: FastifyReply, query: LiveQuery): Promise<void> => {
    const after = reply.sse.lastEventId ?? query.after
    if (after !== undefined) checkAfter(after)
    const stream = new AbortController()
    const ended = Promise.withResolvers<void>()
    // Before anything is awaited, so that clients that come at the same moment are counted too.
    streams.set(stream, ended.promise)
    reply.sse.onClose(() => stream.abort())
    try {
      await sendEvents(request, reply, { ...query, after }, stream)
    } finally {
      streams.delete(stream)
      ended.resolve()
    }
  }

  const sendEvents = async (
    request: FastifyRequest,
    reply: FastifyReply,
    query: LiveQuery,
    stream: AbortController,
  ): Promise<void> => {
    const { signal } = stream
    const database = await databaseOf(request)
    const left = Promise.withResolvers<void>()
    signal.addEventListener('abort', () => left.resolve())
    // The connection ends with the stream: a server that stops has no idle one to wait for.
    reply.header('connection', 'close')
    reply.sse.sendHeaders()
    // A client that follows a quiet bridge wants to know that the stream works before the first event comes.
    reply.raw.flushHeaders()
    // A client that has left never takes what is sent.
    const send = (message: { id?: string; event: string; data: StoredEvent }) =>
      Promise.race([reply.sse.send(message), left.promise])
    try {
      for await (const { cursor, event } of followEvents(database, {
        ...options,
        ...query,
        intervalMs: options.live.intervalMs,
        mayGoOn: () => mayRead(request),
        onArriving: (event) => send({ event: 'arriving', data: event }),
        signal,
      })) {
        await send({ id: cursor, event: 'received', data: event })
      }
    } catch (error) {
      if (!signal.aborted) request.log.error({ err: error }, 'failed to follow the events')
    }
  }

  fastify.get(
    `${options.path}/events`,
    {
      config,
      sse: 'dual',
      schema: routeSchema(fastify, {
        summary:
          'Raw events as they are stored, the newest received first; how many arrived again; refused requests; live as text/event-stream',
        query: eventsQuerySchema,
        response: eventsResponseSchema,
        isLive: true,
      }),
    },
    async (request, reply) => {
      const { from, to, ...query } = parseQuery(eventsQuerySchema, request.query)
      const isAsked = from !== undefined || to !== undefined
      const window = isAsked ? resolveWindow({ from, to }, options.now()) : undefined
      reply.header('vary', 'accept')
      if (reply.sse === undefined)
        return readEvents(await databaseOf(request), { ...options, ...query, window })
      if (streams.size >= maxStreams) return refuse(reply.header('retry-after', '5'), 'overloaded')
      return follow(request, reply, { ...toLiveQuery(query), window })
    },
  )
}

type EventsQuery = z.output<typeof eventsQuerySchema>
type LiveQuery = Omit<EventsQuery, 'before' | 'kind' | 'from' | 'to'> & {
  window: Parameters<typeof followEvents>[1]['window']
}

const toLiveQuery = ({ before, kind, ...query }: Omit<EventsQuery, 'from' | 'to'>) => {
  const issues = [
    ...(before === undefined ? [] : [{ path: 'before', message: 'Expected none: a stream goes forward' }]),
    ...(kind === undefined || kind === 'received'
      ? []
      : [{ path: 'kind', message: 'Expected received: nothing else is streamed' }]),
  ]
  if (issues.length === 0) return query
  throw invalidRequest('read the query', issues)
}
