import { refuse } from '@altcontext/webhook-contract'
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
import { resolveWindow } from '../../reads/window.ts'
import type { AddRoute } from '../add-route.ts'
import { emptyQuerySchema, windowQuerySchema } from '../query.ts'
import type { ResolvedWebhookMetricsOptions } from '../webhook-metrics-options.ts'

const removal = { params: z.strictObject({ id: z.uuid() }), response: z.object({ ok: z.literal(true) }) }

/** Notes on days, and saved views: what people who look at the numbers write for each other. */
export const notesRoutes = (
  addRoute: AddRoute,
  { schema, now }: Pick<ResolvedWebhookMetricsOptions, 'schema' | 'now'>,
): void => {
  addRoute(
    'GET /notes',
    {
      summary: 'What people wrote about the days of a window',
      query: windowQuerySchema,
      response: dayNotesResponseSchema,
    },
    async ({ database, query }) => ({
      ok: true,
      notes: await createDayNotes(database, schema).list(resolveWindow(query, now())),
    }),
  )
  addRoute(
    'POST /notes',
    {
      summary: 'Write something about a day',
      body: newDayNoteSchema,
      response: z.object({ ok: z.literal(true), note: dayNoteSchema }),
    },
    async ({ database, body, reply }) => {
      const note = await createDayNotes(database, schema).add(body, now())
      return note === undefined ? refuse(reply, 'limit_reached') : { ok: true, note }
    },
  )
  addRoute(
    'DELETE /notes/:id',
    { summary: 'Delete a note', ...removal },
    async ({ database, params: { id }, reply }) =>
      (await createDayNotes(database, schema).remove(id)) ? { ok: true } : refuse(reply, 'not_found'),
  )

  addRoute(
    'GET /saved-views',
    {
      summary: 'The views that were saved under a name',
      query: emptyQuerySchema,
      response: savedViewsResponseSchema,
    },
    async ({ database }) => ({ ok: true, views: await createSavedViews(database, schema).list() }),
  )
  addRoute(
    'POST /saved-views',
    {
      summary: 'Save a view under a name; a view with the same name is replaced',
      body: newSavedViewSchema,
      response: z.object({ ok: z.literal(true), view: savedViewSchema }),
    },
    async ({ database, body, reply }) => {
      const view = await createSavedViews(database, schema).save(body, now())
      return view === undefined ? refuse(reply, 'limit_reached') : { ok: true, view }
    },
  )
  addRoute(
    'DELETE /saved-views/:id',
    { summary: 'Delete a saved view', ...removal },
    async ({ database, params: { id }, reply }) =>
      (await createSavedViews(database, schema).remove(id)) ? { ok: true } : refuse(reply, 'not_found'),
  )
}
