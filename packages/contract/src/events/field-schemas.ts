import * as z from 'zod'
import { contractLimits } from '../contract-limits.ts'
import { instantText, toUtcMilliseconds } from './instant.ts'
import { identifierChecks } from './text.ts'

// For contracts of your own, which add `.optional()` and the like to them. What an emitter loads is made with zod/mini: a
// single schema of zod itself pulls in all of zod, 60 KB more, so a bundler is told that it may leave this one out.

/** A name or id that is stored as it is: one line, no control characters, no e-mail address, valid Unicode. */
export const identifier = (maxLength: number = contractLimits.maxTenantIdLength) =>
  z.string().check(...identifierChecks(maxLength))

/** A whole number from 0 to `max`, both included. */
export const count = (max: number) => z.number().int().min(0).max(max)

/**
 * An ISO 8601 date and time with `Z` or an offset, read as UTC milliseconds: `2026-02-13T12:00:00.000Z`.
 *
 * Any number of fractional digits is taken (Python's `isoformat()` writes six); what is finer than a
 * millisecond is cut off, because the columns are `TIMESTAMP(3)`.
 */
export const instantSchema = /* @__PURE__ */ z.pipe(
  instantText,
  /* @__PURE__ */ z.transform(toUtcMilliseconds),
)
