import { includeFunnel, includeFunnelQuerySchema } from '@altcontext/webhook-backend'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { booleanWord, day, text } from '../http/fields.ts'
import { parseRequest } from '../http/parse-request.ts'
import { requireAdminKey } from '../http/require-admin-key.ts'
import { routeSchema } from '../http/route-schema.ts'
import { marketingProperty } from '../marketing-property.ts'
import { bridgeOptions } from '../mount-bridge.ts'
import { dayOf, daysBetween, shiftDay } from '../rollups/days.ts'
import { readSummary, type Window } from '../rollups/read-summary.ts'
import type { RouteContext } from './route-context.ts'

const maxDays = 366
const defaultDays = 30

const summaryQuery = includeFunnelQuerySchema.extend({
  from: day.optional(),
  to: day.optional(),
  propertyId: text(1, 128).default(marketingProperty),
  compareTo: booleanWord.optional(),
})

const windowSchema = z
  .object({ from: z.string(), to: z.string() })
  .refine(({ from, to }) => from <= to, { path: ['from'], message: 'must not be after to' })
  .refine(({ from, to }) => daysBetween(from, to) <= maxDays, {
    path: ['from'],
    message: `must be at most ${maxDays} days before to`,
  })

/** `GET /v1/metrics/summary`: the site's numbers for a window of UTC days, the last 30 unless asked. */
export const metricsSummaryRoute = (app: FastifyInstance, context: RouteContext): void => {
  const { environment, now } = context
  const bridge = bridgeOptions(context)
  app.get(
    '/v1/metrics/summary',
    {
      onRequest: requireAdminKey(environment.access.read),
      schema: routeSchema({ summary: 'Traffic, leads and refusals', querystring: summaryQuery, admin: true }),
    },
    async (request) => {
      const query = parseRequest(summaryQuery, request.query)
      const to = query.to ?? dayOf(now())
      const from = query.from ?? shiftDay(to, 1 - defaultDays)
      const window = parseRequest(windowSchema, { from, to })
      const compareTo = query.compareTo ? windowBefore(window) : null
      const summary = await readSummary(context, {
        propertyId: query.propertyId,
        window,
        compareTo,
        now: now(),
      })
      const funnel = await includeFunnel(bridge, request, { window, marketingPropertyId: query.propertyId })
      return { ok: true, window, compareTo, ...summary, ...funnel }
    },
  )
}

/** The preceding window of equal length. */
const windowBefore = ({ from, to }: Window): Window => ({
  from: shiftDay(from, -daysBetween(from, to)),
  to: shiftDay(from, -1),
})
