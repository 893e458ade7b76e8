import { isJson } from '@altcontext/webhook-contract'
import { databaseFor } from '@altcontext/webhook-store'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { createDayNotes } from '../../notes/day-notes.ts'
import {
  dayNoteSchema,
  dayNotesResponseSchema,
  newDayNoteSchema,
  newSavedViewSchema,
  savedViewSchema,
  savedViewsResponseSchema,
} from '../../notes/notes-schemas.ts'
import { createSavedViews } from '../../notes/saved-views.ts'
import { resolveWindow } from '../../reading/window.ts'
import { emptyQuerySchema, parseQuery, windowQuerySchema } from '../query.ts'
import { refuse } from '../refuse.ts'
import { routeSchema } from '../route-schema.ts'
import type { RouteContext } from './route-context.ts'

const bodyLimit = 16_384
const idSchema = z.strictObject({ id: z.uuid() })
const removedSchema = z.object({ ok: z.literal(true) })

// A form of another site sends no JSON, and a host may have parsers of its own for what it does send.
const refuseOtherThanJson = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> =>
  isJson(request.headers['content-type']) ? undefined : refuse(reply, 'unsupported_media_type')

/** Notes on days, and views under a name: what people who look at the numbers write for each other. */
export const notesRoutes = (fastify: FastifyInstance, { options, config }: RouteContext): void => {
  const { path, schema, now } = options
  // They are few and small: no place among the reports.
  const databaseOf = (request: FastifyRequest) => databaseFor(options.database, options.leadScope, request)
  const removed = (reply: FastifyReply, wasThere: boolean) =>
    wasThere ? { ok: true } : refuse(reply, 'not_found')

  fastify.get(
    `${path}/notes`,
    {
      config,
      schema: routeSchema(fastify, {
        summary: 'What people wrote about the days of a window',
        query: windowQuerySchema,
        response: dayNotesResponseSchema,
      }),
    },
    async (request) => {
      const window = resolveWindow(parseQuery(windowQuerySchema, request.query), now())
      return { ok: true, notes: await createDayNotes(await databaseOf(request), schema).list(window) }
    },
  )
  fastify.post(
    `${path}/notes`,
    {
      config,
      bodyLimit,
      onRequest: refuseOtherThanJson,
      schema: routeSchema(fastify, {
        summary: 'Write something about a day',
        body: newDayNoteSchema,
        response: z.object({ ok: z.literal(true), note: dayNoteSchema }),
      }),
    },
    async (request, reply) => {
      const written = parseQuery(newDayNoteSchema, request.body)
      const note = await createDayNotes(await databaseOf(request), schema).add(written, now())
      return note === undefined ? refuse(reply, 'limit_reached') : { ok: true, note }
    },
  )
  fastify.delete(
    `${path}/notes/:id`,
    {
      config,
      schema: routeSchema(fastify, {
        summary: 'Take a note away',
        params: idSchema,
        response: removedSchema,
      }),
    },
    async (request, reply) => {
      const { id } = parseQuery(idSchema, request.params)
      return removed(reply, await createDayNotes(await databaseOf(request), schema).remove(id))
    },
  )

  fastify.get(
    `${path}/saved-views`,
    {
      config,
      schema: routeSchema(fastify, {
        summary: 'The views that were saved under a name',
        query: emptyQuerySchema,
        response: savedViewsResponseSchema,
      }),
    },
    async (request) => ({
      ok: true,
      views: await createSavedViews(await databaseOf(request), schema).list(),
    }),
  )
  fastify.post(
    `${path}/saved-views`,
    {
      config,
      bodyLimit,
      onRequest: refuseOtherThanJson,
      schema: routeSchema(fastify, {
        summary: 'Save a view under a name; one of the same name is replaced',
        body: newSavedViewSchema,
        response: z.object({ ok: z.literal(true), view: savedViewSchema }),
      }),
    },
    async (request, reply) => {
      const named = parseQuery(newSavedViewSchema, request.body)
      const view = await createSavedViews(await databaseOf(request), schema).save(named, now())
      return view === undefined ? refuse(reply, 'limit_reached') : { ok: true, view }
    },
  )
  fastify.delete(
    `${path}/saved-views/:id`,
    {
      config,
      schema: routeSchema(fastify, {
        summary: 'Take a saved view away',
        params: idSchema,
        response: removedSchema,
      }),
    },
    async (request, reply) => {
      const { id } = parseQuery(idSchema, request.params)
      return removed(reply, await createSavedViews(await databaseOf(request), schema).remove(id))
    },
  )
}
