import type { FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { Freshness } from '../responses/freshness.ts'
import type { Window } from '../responses/metric.ts'
import { prefersCsv, toCsv } from './to-csv.ts'

/** The fields of a row that CSV has: not the reasons. */
export const columnsOf = (schema: z.ZodObject): string[] =>
  Object.keys(schema.shape).filter((name) => !/^reasons?$|Reason$/.test(name))

interface Answer {
  window: Window
  freshness: Freshness
}

/** The response as JSON, or its rows as CSV, as the request prefers. */
export const sendRows = (
  request: FastifyRequest,
  reply: FastifyReply,
  { answer, rows, columns }: { answer: Answer; rows: readonly object[]; columns: readonly string[] },
): FastifyReply => {
  reply.header('vary', 'accept')
  if (!prefersCsv(request.headers.accept)) return reply.send(answer)
  // A file has no response around it: every row says of which days it is, and how far they are complete.
  const said = {
    windowFrom: answer.window.from,
    windowTo: answer.window.to,
    completeThrough: answer.freshness.completeThrough,
  }
  return reply.type('text/csv; charset=utf-8').send(
    toCsv(
      rows.map((row) => ({ ...row, ...said })),
      [...columns, ...Object.keys(said)],
    ),
  )
}
