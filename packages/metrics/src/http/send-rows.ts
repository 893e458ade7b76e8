import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Freshness } from '../responses/freshness.ts'
import type { Window } from '../responses/metric.ts'
import { windowColumns } from '../responses/window-columns.ts'
import { prefersCsv, toCsv } from './to-csv.ts'

interface Report {
  window: Window
  freshness: Freshness
}

/** The response as JSON, or its rows as CSV, as the request prefers. */
export const sendRows = (
  request: FastifyRequest,
  reply: FastifyReply,
  { report, rows, columns }: { report: Report; rows: readonly object[]; columns: readonly string[] },
): FastifyReply => {
  reply.header('vary', 'accept')
  if (!prefersCsv(request.headers.accept)) return reply.send(report)
  const said = windowColumns(report)
  return reply.type('text/csv; charset=utf-8').send(
    toCsv(
      rows.map((row) => ({ ...row, ...said })),
      [...columns, ...Object.keys(said)],
    ),
  )
}
