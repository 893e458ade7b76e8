import type { FastifyInstance } from 'fastify'
import { resolveCohortWindow } from '../../reading/cohort-periods.ts'
import { readCohorts } from '../../reading/read-cohorts.ts'
import { type CohortRow, cohortsResponseSchema } from '../../responses/cohorts-response.ts'
import { cohortsQuerySchema, parseQuery } from '../query.ts'
import { routeSchema } from '../route-schema.ts'
import { sendRows } from '../send-rows.ts'
import type { RouteContext } from './route-context.ts'

export const cohortsRoute = (
  fastify: FastifyInstance,
  { options, databaseOf, config }: RouteContext,
): void => {
  fastify.get(
    `${options.path}/cohorts`,
    {
      config,
      schema: routeSchema(fastify, {
        summary: 'How many of the tenants of each week or month scan in the weeks or months since',
        query: cohortsQuerySchema,
        response: cohortsResponseSchema,
        csv: true,
      }),
    },
    async (request, reply) => {
      const { from, to, by = 'week', channel } = parseQuery(cohortsQuerySchema, request.query)
      const answer = await readCohorts(await databaseOf(request), {
        ...options,
        rollupRetentionMonths: options.retention.rollupRetentionMonths,
        by,
        channel,
        window: resolveCohortWindow({ from, to, by }, options.now()),
      })
      return sendRows(request, reply, { answer, rows: answer.cohorts.flatMap(toCsvRows), columns })
    },
  )
}

const columns = ['from', 'to', 'tenants', 'periodsSince', 'tenantsActive', 'share']

/** One line for every entry of the triangle; what is not known is empty. */
const toCsvRows = ({ active, ...cohort }: CohortRow) =>
  active.map(({ value, count, reason }, periodsSince) => ({
    ...cohort,
    periodsSince,
    tenantsActive: reason === null ? count : null,
    share: value,
  }))
