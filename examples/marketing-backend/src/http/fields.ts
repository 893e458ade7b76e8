import { redactText } from '@altcontext/webhook-contract'
import { z } from 'zod'

const noNul = 'must not contain NUL characters'
const isStorable = (value: string) => !value.includes('\0')

/**
 * An address where none belongs, in a path or a campaign for example, is not kept: nobody would find it when the person
 * asks to be forgotten. Text without one stays as it is.
 */
export const withoutAddress = (value: string): string => {
  const redacted = redactText(value)
  return redacted.includes('[address]') ? redacted : value
}

/** Text that PostgreSQL can hold: no NUL characters. */
export const text = (min: number, max: number) => z.string().min(min).max(max).refine(isStorable, noNul)

/** A label of the site's own: a form, a channel, an event. */
export const label = (max: number) => text(1, max).transform(withoutAddress)

/** An id that the site's script has generated. */
export const siteId = (min: number, max: number) =>
  text(min, max).refine((value) => withoutAddress(value) === value, 'must not hold an e-mail address')

/** The host's normalisation: trim, lower-case, nothing else. */
export const normalizeEmail = (email: string): string => email.trim().toLowerCase()

/** An address, normalised. */
export const email = z
  .string()
  .max(400)
  .transform(normalizeEmail)
  .pipe(
    z
      .string()
      .max(320, { abort: true })
      .regex(z.regexes.unicodeEmail, { error: 'must be an e-mail address', abort: true })
      .refine(isStorable, noNul),
  )

export const anonId = siteId(8, 128)

const utmField = text(0, 255)
  .transform((value) => withoutAddress(value.trim()) || undefined)
  .optional()

export const utm = z.object({
  source: utmField,
  medium: utmField,
  campaign: utmField,
  term: utmField,
  content: utmField,
})

export type Utm = z.output<typeof utm>

/** Queries and fragments can contain anything, addresses included; only the rest is kept. */
const withoutQuery = (address: string): string => address.replace(/[?#].*$/s, '')

export const path = text(1, 2048).transform((value) => withoutAddress(withoutQuery(value)) || '/')

export const referrer = text(0, 2048)
  .transform((value) => withoutAddress(withoutQuery(value.trim())) || undefined)
  .optional()

const booleanWords = new Map([
  ...['1', 'true', 'yes', 'on'].map((word) => [word, true] as const),
  ...['0', 'false', 'no', 'off'].map((word) => [word, false] as const),
])

/** `1/true/yes/on` and `0/false/no/off`, any case. */
export const booleanWord = z.string().transform((word, context) => {
  const value = booleanWords.get(word.toLowerCase())
  if (value !== undefined) return value
  context.addIssue('must be one of 1, true, yes, on, 0, false, no, off')
  return z.NEVER
})

/** `YYYY-MM-DD`, a real calendar day. */
export const day = z.iso.date('must be a day like 2026-02-13')
