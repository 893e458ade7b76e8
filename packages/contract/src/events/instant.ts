import * as z from 'zod/mini'

const earliestMs = Date.parse('0001-01-01T00:00:00.000Z')
const latestMs = Date.parse('9999-12-31T23:59:59.999Z')

export const instantText = z.iso
  .datetime({ offset: true, abort: true, error: 'Expected an ISO 8601 date and time with Z or an offset' })
  .check(
    z.refine((text) => isStorable(Date.parse(text)), {
      error: 'Expected a year from 0001 to 9999',
      abort: true,
    }),
  )

export const toUtcMilliseconds = (text: string): string =>
  isCanonical(text) ? text : new Date(text).toISOString()

/** As `instantSchema` of the contract's field schemas. */
export const instant = z.pipe(instantText, z.transform(toUtcMilliseconds))

const isStorable = (ms: number): boolean => ms >= earliestMs && ms <= latestMs

// What our own emitter sends. Of the forms that pass the schema, only `YYYY-MM-DDTHH:mm:ss.sssZ` has 24 characters and a Z.
const isCanonical = (text: string): boolean => text.length === 24 && text.endsWith('Z')
