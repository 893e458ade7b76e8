import { isViewQuery, redactText } from '@altcontext/webhook-contract'
import { z } from 'zod'
import { dayProblem, isDay } from '../days.ts'
import { redactView } from './redact-view.ts'

/** What somebody wrote about a day. */
export const dayNoteSchema = z.object({
  id: z.uuid(),
  day: z.iso.date(),
  /** Without addresses, credentials and long tokens: they are removed before it is stored. */
  text: z.string(),
  notedAt: z.iso.datetime(),
})

/** See {@link dayNoteSchema}. */
export type DayNote = z.infer<typeof dayNoteSchema>

/** A view of the dashboard under a name. */
export const savedViewSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  /** The query of its address, `?view=channels`, without addresses and credentials. */
  view: z.string(),
  savedAt: z.iso.datetime(),
})

/** See {@link savedViewSchema}. */
export type SavedView = z.infer<typeof savedViewSchema>

// A word replaces what is removed, and can be longer: the limit is for the text as it is stored.
const words = (max: number) =>
  z
    .string()
    .max(max)
    .transform((text) => redactText(text).trim())
    .pipe(z.string().min(1).max(max))

const day = z
  .string()
  .refine(isDay, { error: dayProblem })
  .meta({ format: 'date', description: 'A UTC day, as YYYY-MM-DD' })

export const newDayNoteSchema = z.strictObject({ day, text: words(500) })

const viewQuery = z
  .string()
  .refine(isViewQuery, { error: 'Expected the query of an address of the page, at most 2000 characters' })

export const newSavedViewSchema = z.strictObject({
  name: words(120),
  view: viewQuery.transform(redactView).pipe(viewQuery),
})

export const dayNotesResponseSchema = z.object({ ok: z.literal(true), notes: z.array(dayNoteSchema) })
export const savedViewsResponseSchema = z.object({ ok: z.literal(true), views: z.array(savedViewSchema) })
