import { redactText } from '@altcontext/webhook-contract'
import { z } from 'zod'

/** What somebody wrote about a day. */
export const dayNoteSchema = z.object({
  id: z.uuid(),
  day: z.iso.date(),
  /** Without addresses, credentials and long tokens: they are taken out before it is stored. */
  text: z.string(),
  notedAt: z.iso.datetime(),
})

/** See {@link dayNoteSchema}. */
export type DayNote = z.infer<typeof dayNoteSchema>

/** A view of the dashboard under a name. */
export const savedViewSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  /** The query of its address: `?view=channels`. */
  view: z.string(),
  savedAt: z.iso.datetime(),
})

/** See {@link savedViewSchema}. */
export type SavedView = z.infer<typeof savedViewSchema>

const words = (most: number) => z.string().trim().min(1).max(most).transform(redactText)

export const newDayNoteSchema = z.strictObject({ day: z.iso.date(), text: words(500) })

export const newSavedViewSchema = z.strictObject({
  name: words(120),
  // A query and nothing else, so that it leads nowhere but to the page.
  view: z
    .string()
    .max(2000)
    .regex(/^(\?[\w.~%&=+*-]*)?$/, 'Expected the query of an address of the page'),
})

export const dayNotesResponseSchema = z.object({ ok: z.literal(true), notes: z.array(dayNoteSchema) })
export const savedViewsResponseSchema = z.object({ ok: z.literal(true), views: z.array(savedViewSchema) })
